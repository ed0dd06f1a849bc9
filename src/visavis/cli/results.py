"""Hits as JSON, as a table and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from visavis.cli.output import print_json, print_table
from visavis.queries import Query
from visavis.types import Hit


def show_results(query: Query, hits: Sequence[Hit], *, as_json: bool, html: Path | None) -> None:
    """Print the hits of a query, and write them to a page if asked."""
    if html:
        from visavis.cli.sheet import Section, write_sheet

        write_sheet(html, f"visavis: {query}", [Section(query, hits)])
    if as_json:
        print_json({"query": query.to_json(), "hits": [hit_to_json(hit) for hit in hits]})
    else:
        print_hits(hits)


def hit_to_json(hit: Hit) -> dict[str, Any]:
    """Return the stable form of a hit that `--json` prints."""
    return {
        "id": hit.id,
        "score": round(float(hit.score), 6),
        "modality": hit.modality,
        "source": hit.source,
        "text": hit.text,
        "box": [hit.box.x, hit.box.y, hit.box.width, hit.box.height] if hit.box else None,
        "metadata": dict(hit.metadata),
    }


def print_hits(hits: Sequence[Hit], title: str = "") -> None:
    """Print a table of hits: rank, score, and the text or the image's place."""
    if not hits:
        print(f"{title}\nnothing found" if title else "nothing found")
        return
    rows = [
        (str(rank), f"{hit.score:.3f}", _place(hit) if hit.text is None else hit.text)
        for rank, hit in enumerate(hits, 1)
    ]
    print_table(("rank", "score", "text" if hits[0].modality == "text" else "image"), rows, title)


def _place(hit: Hit) -> str:
    """Shorten a path below the current folder, with the region found: a term of a query."""
    box = f"@{hit.box}" if hit.box else ""
    return hit.source.removeprefix(str(Path.cwd() / "_")[:-1]) + box
