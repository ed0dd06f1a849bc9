from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from visavis.cli.output import say
from visavis.cli.search import MODALITIES
from visavis.errors import ModelMismatchError, VisavisError

if TYPE_CHECKING:
    from visavis.cli.demo.queries import DemoQuery
    from visavis.collection import Collection
    from visavis.types import Hit

LANGUAGES = ("en", "fr")


@click.command("demo")
@click.option(
    "--out", type=click.Path(path_type=Path), default="demo", metavar="DIR", help="Folder to write."
)
def command(*, out: Path) -> None:
    """Try visavis on a few photographs.

    Indexes photographs and phrases, searches in every direction and writes an HTML page. The
    photographs come with scikit-image: pip install 'visavis[demo]'.
    """
    from visavis.cli.contact_sheet import Section, write_sheet
    from visavis.cli.demo.queries import demo_queries
    from visavis.cli.hits import print_hits
    from visavis.relevance import relevance_cut

    location = out / "collection"
    sections = []
    with _fill(out, location) as collection:
        cut = relevance_cut(collection.encoder)
        for demo in demo_queries(out / "photos"):
            hits = search(collection, demo)
            print_hits(hits, f"\n{demo.title}\n$ {demo.shell(location)}", cut)
            sections.append(Section(demo.query, hits, demo.title, cut))
    write_sheet(out / "index.html", "visavis: a demo", sections, heading="visavis: a demo")
    say(_farewell(out))


def search(collection: Collection, demo: DemoQuery) -> list[Hit]:
    """Run one query of the demo."""
    return collection.search(demo.query, demo.k, MODALITIES[demo.kind], demo.filter)


def _fill(out: Path, location: Path) -> Collection:
    from visavis.cli.demo.photos import copy_photos
    from visavis.cli.index import summary
    from visavis.cli.progress import index_bar
    from visavis.collection import Collection
    from visavis.encoders import load_encoder
    from visavis.indexing import index

    count = copy_photos(out / "photos")
    phrases = [_copy_phrases(lang, out) for lang in LANGUAGES]
    say(f"{count} photographs of scikit-image and two files of phrases copied to {out}")
    try:
        collection = Collection.open_or_create(location, load_encoder())
    except ModelMismatchError:
        raise VisavisError(
            f"{location} was made with another model; delete it, or use --out"
        ) from None
    with index_bar() as advance:
        report = index([str(out / "photos"), *map(str, phrases)], collection, progress=advance)
    say(summary(report, collection.store.dim))
    return collection


def _copy_phrases(lang: str, out: Path) -> Path:
    name = f"phrases.{lang}.txt"
    return Path(shutil.copyfile(Path(__file__).with_name(name), out / name))


def _farewell(out: Path) -> str:
    return f"""
The same hits with images: {out / "index.html"}
The bundled model is small, and best at everyday photographs: people, dogs, sport, streets,
snow, water, clothes. Now try your own images:

  visavis index ~/Pictures
  visavis search "children on a beach"
  visavis search photo.jpg + "in the snow" --html sheet.html"""
