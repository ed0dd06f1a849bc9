"""Values as they are stored in the columns of a database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from visavis.errors import DamagedError
from visavis.stores.records import Record, Region, SourceState, Stamp
from visavis.types import Box, Item, Metadata, Modality, Vectors


def read_item(name: str, modality: Modality, text: str | None, source: str, metadata: str) -> Item:
    """Return an item from its columns; raises DamagedError for damaged ones."""
    try:
        values = json.loads(metadata)
    except (TypeError, ValueError):
        values = None
    texts = [name, source] if text is None else [name, source, text]
    if not isinstance(values, dict) or not all(isinstance(each, str) for each in texts):
        raise damaged(f"the row of {source!r} cannot be read")
    return Item(name, modality, source, text, values)


def read_marks(marks: str | None) -> Metadata | None:
    """Return the marks of an item from their column; raises DamagedError for damaged ones."""
    try:
        values = json.loads(marks or "{}")
    except (TypeError, ValueError):
        values = None
    if not isinstance(values, dict):
        raise damaged("the marks of an item cannot be read")
    return values or None


def write_marks(marks: Metadata) -> str | None:
    """Return the marks of an item for their column."""
    return json.dumps(dict(marks), ensure_ascii=False, allow_nan=False) if marks else None


def read_state(
    item: str, size: int | None, mtime_ns: int, missing: int, reading: int = 0
) -> SourceState:
    """Return the state of a source from its columns."""
    return SourceState(item, read_stamp(size, mtime_ns, reading), bool(missing))


def read_stamp(size: int | None, mtime_ns: int, reading: int) -> Stamp | None:
    """Return the stamp of a source from its columns; None for what is not a file."""
    return None if size is None else Stamp(size, mtime_ns, reading)


def join_records(
    sources: Iterable[tuple[int, Item, Stamp | None, str | None, Metadata | None]],
    vectors: Iterable[tuple[int, str, Vectors]],
) -> list[Record]:
    """Join sources, each with the row of its item, with the vectors of these rows, by box.

    A source comes with the row of its item, its stamp, when the item was added, and its marks.
    """
    full: dict[int, Vectors] = {}
    regions: dict[int, list[Region]] = {}
    for row, box, vector in vectors:
        if place := read_box(box):
            regions.setdefault(row, []).append(Region(place, vector))
        else:
            full[row] = vector
    return [
        Record(item, full.get(row), stamp, tuple(regions.get(row, ())), added, marks)
        for row, item, stamp, added, marks in sources
    ]


def read_box(box: str) -> Box | None:
    """Return the box of a region; None for a full image, whose column is empty.

    Raises DamagedError for a damaged one.
    """
    if not box:
        return None
    try:
        x, y, width, height = map(int, box.split(","))
    except (AttributeError, TypeError, ValueError):
        raise damaged(f"the box {box!r} cannot be read") from None
    return Box(x, y, width, height)


def read_model(meta: Mapping[str, str]) -> tuple[str, int]:
    """Return the model and the dimension of a collection; raises DamagedError if they lack."""
    try:
        return meta["model_id"], int(meta["dim"])
    except (KeyError, ValueError):
        raise damaged("its table `meta` lacks the model or the dimension") from None


def damaged(what: str) -> DamagedError:
    """Return the error for content that only damage or another program can have made."""
    return DamagedError(
        f"the collection is damaged: {what}; restore a copy, or delete it and index again"
    )
