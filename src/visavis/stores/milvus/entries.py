"""Items as rows of Milvus: a row for each source of an item, and for each region there.

Milvus has no joins, so each row has all that a filter asks for. An item with two sources has its
vector twice; one that lost its last source is an orphan, and has a row without a source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np

from visavis.errors import RejectedError
from visavis.stores.columns import read_box
from visavis.stores.conditions import as_text
from visavis.stores.milvus.expressions import LIST
from visavis.stores.milvus.schema import LONGEST, SAMPLE_OF
from visavis.stores.records import Record, Region, SourceState, Stamp
from visavis.types import Item, Metadata, Modality, Vectors

OUTSIDE = "\n"
"""Begins the keys of rows without a source, and separates the box of a region."""
SEEN = ("item", "box", "modality", "source", "text", "metadata")
"""Fields of a hit."""
DESCRIBED = (*SEEN, "stamp", "missing", "encoded")


@dataclass(slots=True)
class Source:
    """A place where an item was found."""

    metadata: Metadata
    stamp: Stamp | None = None
    missing: bool = False


@dataclass(slots=True)
class Entry:
    """An item with all that is known of it; without a vector after a migration that left it."""

    id: str
    modality: Modality
    text: str | None
    added: str | None = None
    marks: Metadata | None = None
    vector: Vectors | None = None
    regions: dict[str, Vectors] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)

    def replace_marks(self, marks: Metadata) -> None:
        """Replace the marks, also in the metadata of all sources."""
        for source in self.sources.values():
            own = {k: v for k, v in source.metadata.items() if k not in (self.marks or {})}
            source.metadata = own | dict(marks)
        self.marks = dict(marks)

    def item(self, source: str) -> Item:
        """Return the item at one of its sources."""
        return Item(self.id, self.modality, source, self.text, self.sources[source].metadata)

    def record(self, source: str) -> Record:
        """Return the record of one of its sources."""
        regions = ((read_box(box), vector) for box, vector in sorted(self.regions.items()))
        found = tuple(Region(box, vector) for box, vector in regions if box)
        return Record(
            self.item(source),
            self.vector,
            self.sources[source].stamp,
            found,
            self.added,
            self.marks,
        )

    def states(self) -> dict[str, SourceState]:
        """Return the states of its sources; those that are not missing come first."""
        ordered = sorted(self.sources.items(), key=lambda pair: (pair[1].missing, pair[0]))
        return {
            name: SourceState(self.id, source.stamp, source.missing) for name, source in ordered
        }


def rows_of(entry: Entry, dim: int) -> Iterator[dict[str, Any]]:
    """Yield the rows of an item."""
    holders = entry.sources.items() or [("", Source({}, missing=True))]
    for name, source in holders:
        shared = {
            "item": entry.id,
            "modality": entry.modality,
            "source": name,
            "text": entry.text,
            "metadata": dict(source.metadata),
            "folded": _folded(entry, name, source),
            "stamp": {"stamp": _stamp(source.stamp), "added": entry.added, "marks": entry.marks},
            "missing": source.missing,
            "shared": len(entry.sources) > 1,
            "sample": crc32(entry.id.encode()) % SAMPLE_OF,
        }
        for box, vector in (("", entry.vector), *entry.regions.items()):
            part = ("regions" if box else entry.modality) if name else "orphan"
            row = shared | {
                "key": (name or OUTSIDE + entry.id) + (OUTSIDE + box if box else ""),
                "box": box,
                "part": part,
                "findable": not source.missing and vector is not None,
                "encoded": vector is not None,
                "vector": np.zeros(dim, np.float32) if vector is None else vector,
            }
            yield _checked(row)


def entries_of(rows: Iterable[dict[str, Any]]) -> dict[str, Entry]:
    """Join rows to items, by id; vectors only if the rows have them."""
    entries: dict[str, Entry] = {}
    for row in rows:
        name, box = row["item"], row["box"]
        stamp = row["stamp"]
        known = Entry(name, row["modality"], row["text"], stamp.get("added"), stamp.get("marks"))
        entry = entries.setdefault(name, known)
        vector = np.asarray(row["vector"], np.float32) if "vector" in row else None
        if box and vector is not None:
            entry.regions[box] = vector
        elif not box:
            entry.vector = vector if row["encoded"] else None
            if row["source"]:
                entry.sources[row["source"]] = _source(row)
    return entries


def state_of(row: dict[str, Any]) -> SourceState:
    """Return the state of a source from its row."""
    source = _source(row)
    return SourceState(row["item"], source.stamp, source.missing)


def item_of(row: dict[str, Any]) -> Item:
    """Return an item at its source from a row."""
    return Item(row["item"], row["modality"], row["source"], row["text"], row["metadata"])


def _source(row: dict[str, Any]) -> Source:
    stamp = row["stamp"]["stamp"]
    return Source(row["metadata"], Stamp(*stamp) if stamp else None, row["missing"])


def _stamp(stamp: Stamp | None) -> list[int] | None:
    return [stamp.size, stamp.mtime_ns, stamp.reading] if stamp else None


def _folded(entry: Entry, name: str, source: Source) -> dict[str, str]:
    """Return all values as texts without case, by key: what `~` looks into."""
    fixed = {"id": entry.id, "modality": entry.modality, "source": name, "text": entry.text}
    texts = {key: as_text(value) for key, value in {**source.metadata, **fixed}.items()}
    lists = (key for key, value in source.metadata.items() if isinstance(value, list))
    return {key + LIST: "" for key in lists} | {
        key: (value if isinstance(value, str) else f"{value:.15g}").casefold()
        for key, value in texts.items()
        if value is not None
    }


def _checked(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row; raises RejectedError if something in it is longer than Milvus takes."""
    if row["source"].startswith(OUTSIDE):
        raise RejectedError(f"{row['source']!a}: no source begins with a line break in Milvus")
    for key in ("source", "text", "metadata", "folded"):
        length = len(str(row[key] or "").encode())
        if length > LONGEST:
            raise RejectedError(
                f"{row['source'][:200]!a}: its {key.replace('folded', 'metadata')} takes "
                f"{length:,} bytes; Milvus takes {LONGEST:,}"
            )
    return row
