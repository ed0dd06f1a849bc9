"""Hits as JSON, as a table and as an HTML page."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visavis.cli.output import one_line, print_json, print_paths, print_table, say, tell
from visavis.errors import ImageError
from visavis.queries import Query
from visavis.relevance import is_below
from visavis.types import Hit, Hits
from visavis.videos import split_moment

if TYPE_CHECKING:
    from visavis.cli.terminal_images import Draw

SHOWN = 500
"""Letters of a text that a table shows; `--json` has all."""


def show_hits(
    query: Query,
    hits: Hits,
    *,
    as_json: bool,
    html: Path | None,
    unknown: Sequence[str] = (),
    cut: float | None = None,
    thumbnails: bool | None = False,
) -> None:
    """Print the hits of a query; with `html`, write a contact sheet too.

    `unknown` are words that the model does not know; hits of a relevance below `cut` are marked.
    With `thumbnails`, images are shown in a terminal that can; None asks whether it says so.
    """
    if html:
        from visavis.cli.contact_sheet import Section, write_sheet

        write_sheet(html, f"visavis: {query}", [Section(query, hits, cut=cut)])
    if unknown:
        tell(f"words the model does not know: {', '.join(unknown)}")
    if as_json:
        found = [hit_to_json(hit) for hit in hits]
        about = {"query": query.to_json(), "exact": hits.exact, "unknown_words": list(unknown)}
        print_json(about | {"hits": found})
    else:
        print_hits(hits, cut=cut, thumbnails=thumbnails)
        if not hits.exact:
            say("found by an approximate index; --exact compares all")


def show_paths(hits: Sequence[Hit], *, null: bool) -> None:
    """Print the absolute paths of images and videos, best first, each once, for other programs."""
    print_paths(list(dict.fromkeys(split_moment(hit.source)[0] for hit in hits)), null=null)
    if not hits:
        tell("nothing found")


def hit_to_json(hit: Hit) -> dict[str, Any]:
    """Return a hit as `--json` prints it: a stable interface."""
    return {
        "id": hit.id,
        "score": round(float(hit.score), 6),
        "modality": hit.modality,
        "source": hit.source,
        "text": hit.text,
        "box": [hit.box.x, hit.box.y, hit.box.width, hit.box.height] if hit.box else None,
        "metadata": dict(hit.metadata),
        "relevance": hit.relevance,
    }


def print_hits(
    hits: Sequence[Hit],
    title: str = "",
    cut: float | None = None,
    *,
    thumbnails: bool | None = False,
) -> None:
    """Print a table of hits: rank, score, relevance if known, and the text or image."""
    if not hits:
        if title:
            print(title)
        say("nothing found")
        return
    columns: tuple[str, ...] = ("rank", "score", "text" if hits[0].modality == "text" else "image")
    rows: list[tuple[str, ...]] = [
        (str(rank), f"{hit.score:.3f}", _image_name(hit) if hit.text is None else _short(hit.text))
        for rank, hit in enumerate(hits, 1)
    ]
    if any(hit.relevance is not None for hit in hits):
        marks = [relevance_mark(hit, cut) for hit in hits]
        rows = [(*row[:2], mark, row[2]) for row, mark in zip(rows, marks, strict=True)]
        columns = (*columns[:2], "relevance", columns[2])
    if draw := _drawing(hits[0], wanted=thumbnails):
        _print_images(rows, hits, draw)
    else:
        print_table(columns, rows, title)


def _drawing(hit: Hit, *, wanted: bool | None) -> Draw | None:
    """Return how to draw images in this terminal, if they are to be drawn."""
    if hit.modality == "text" or not sys.stdout.isatty():
        return None
    from visavis.cli.terminal_images import choose_drawing

    return choose_drawing(wanted=wanted)


def _print_images(rows: Sequence[Sequence[str]], hits: Sequence[Hit], draw: Draw) -> None:
    """Print each row with its image below; what cannot be opened says why."""
    from visavis.cli.terminal_images import SIDE
    from visavis.images import open_image

    for row, hit in zip(rows, hits, strict=True):
        print("  ".join(map(one_line, row)))
        try:
            image = open_image(hit.source, size=SIDE, box=hit.box)
        except ImageError as error:
            say(error.reason)
        else:
            print(draw(image), end="")


def relevance_mark(hit: Hit, cut: float | None) -> str:
    """Return a relevance in percent, with a question mark below the cut; empty if unknown."""
    if hit.relevance is None:
        return ""
    return f"{hit.relevance:.0%}" + ("?" if is_below(hit, cut) else "")


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _image_name(hit: Hit) -> str:
    """Return the path, relative if below the current folder, and the region: a query term."""
    box = f"@{hit.box}" if hit.box else ""
    return hit.source.removeprefix(str(Path.cwd() / "_")[:-1]) + box
