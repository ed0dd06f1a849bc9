from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from visavis.cli.search import MODALITIES
from visavis.errors import ModelMismatchError, VisavisError

if TYPE_CHECKING:
    from visavis.cli.demo.questions import Question
    from visavis.collection import Collection
    from visavis.types import Hit

LANGUAGES = ("en", "fr")


@click.command("demo")
@click.option(
    "--out", type=click.Path(path_type=Path), default="demo", metavar="DIR", help="Where to write."
)
def command(*, out: Path) -> None:
    """Show what visavis does with a few photographs.

    Indexes photographs and phrases, asks in every direction and writes a page. The
    photographs come with scikit-image: pip install 'visavis[demo]'.
    """
    from visavis.cli.demo.questions import questions
    from visavis.cli.results import print_hits
    from visavis.cli.sheet import Section, write_sheet

    location = out / "collection"
    sections = []
    with _fill(out, location) as collection:
        for question in questions(out / "photos"):
            hits = ask(collection, question)
            print_hits(hits, f"\n{question.title}\n$ {question.shell(location)}")
            sections.append(Section(question.query, hits, question.title))
    write_sheet(out / "index.html", "visavis: a demo", sections, heading="visavis: a demo")
    print(_farewell(out))


def ask(collection: Collection, question: Question) -> list[Hit]:
    """Answer one question of the demo."""
    return collection.search(question.query, question.k, MODALITIES[question.kind], question.filter)


def _fill(out: Path, location: Path) -> Collection:
    from visavis.cli.demo.photos import copy_photos
    from visavis.cli.index import summary
    from visavis.cli.progress import progress_bar
    from visavis.collection import Collection
    from visavis.encoders import load_encoder
    from visavis.indexing import index

    count = copy_photos(out / "photos")
    phrases = [_copy_phrases(lang, out) for lang in LANGUAGES]
    print(f"{count} photographs of scikit-image and two files of phrases are in {out}")
    try:
        collection = Collection.open_or_create(location, load_encoder())
    except ModelMismatchError:
        raise VisavisError(f"{location} is of another model; delete it, or use --out") from None
    with progress_bar() as advance:
        report = index([str(out / "photos"), *map(str, phrases)], collection, progress=advance)
    print(summary(report, collection.store.dim))
    return collection


def _copy_phrases(lang: str, out: Path) -> Path:
    name = f"phrases.{lang}.txt"
    return Path(shutil.copyfile(Path(__file__).with_name(name), out / name))


def _farewell(out: Path) -> str:
    return f"""
The same answers with images: {out / "index.html"}
The bundled model is small and knows best what people photograph: people, dogs, sport, streets,
snow, water. Now your own images:

  visavis index ~/Images
  visavis search "children on a beach"
  visavis search photo.jpg + "in the snow" --html sheet.html"""
