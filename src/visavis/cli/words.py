from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from visavis.cli.options import count_option, json_option

if TYPE_CHECKING:
    from visavis.wordvectors import Matches

source_argument = click.argument("source", metavar="FILE|MODEL")


@click.group("words")
def command() -> None:
    """Compare and download word vectors.

    FILE holds GloVe's text format or word2vec's text or binary one, gzipped or not; MODEL is a
    folder that was trained with a text tower of words.
    """


@command.command("nearest")
@source_argument
@click.argument("words", nargs=-1, required=True, metavar="WORD …")
@count_option
@json_option
def nearest(*, source: str, words: tuple[str, ...], k: int, as_json: bool) -> None:
    """List the nearest words of each WORD."""
    from visavis.cli.output import print_json
    from visavis.wordvectors import load_word_vectors

    vectors = load_word_vectors(source)
    found = [(word, vectors.nearest(word, k)) for word in words]
    if as_json:
        print_json([{"word": word, "nearest": _to_json(near)} for word, near in found])
        return
    for word, near in found:
        _print(word, near)


@command.command("analogy")
@source_argument
@click.argument("question", metavar="'A:B :: C:?'")
@count_option
@json_option
def analogy(*, source: str, question: str, k: int, as_json: bool) -> None:
    """Find what is to C as B is to A, such as 'man:woman :: king:?'."""
    from visavis.cli.output import print_json
    from visavis.wordvectors import load_word_vectors

    found = load_word_vectors(source).analogy(question, k)
    if as_json:
        print_json({"analogy": question, "answers": _to_json(found)})
    else:
        _print(question, found)


@command.command("pull")
@click.argument("name", metavar="NAME|FILE")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="File to write.")
def pull(name: str, *, out: Path | None) -> None:
    """Download word vectors and unpack them, by default into the cache.

    NAME is glove-6b-100d (English) or frwac-200d (French). A FILE of your own is unpacked
    likewise.
    """
    from visavis.cli.progress import download_bar
    from visavis.wordvectors.download import pull_word_vectors

    with download_bar(name) as advance:
        file = pull_word_vectors(name, out, advance=advance)
    print(file)


def _to_json(matches: Matches) -> list[dict[str, str | float]]:
    return [{"word": word, "score": round(score, 6)} for word, score in matches]


def _print(title: str, matches: Matches) -> None:
    from visavis.cli.output import print_table

    rows = [(word, f"{score:.3f}") for word, score in matches]
    print_table(("word", "cosine"), rows, title)
