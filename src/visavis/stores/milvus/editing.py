"""Changes of items: they are read, changed here, and written back as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from visavis.errors import CollectionError
from visavis.stores.abilities import Change
from visavis.stores.milvus.entries import Entry, Source, rows_of
from visavis.stores.milvus.table import Table
from visavis.stores.records import Record

_TIME = "%Y-%m-%dT%H:%M:%S.%f"


class Edit:
    """Items with all their sources, and which of them were touched."""

    def __init__(self, entries: dict[str, Entry]) -> None:
        self.entries = entries
        self.touched: set[str] = set()
        self._holders = {source: entry for entry in entries.values() for source in entry.sources}

    def put(self, record: Record) -> None:
        """Add an item and its source, or replace them."""
        item = record.item
        entry = self.entries.get(item.id)
        if record.vector is not None:
            added = record.added or _now()
            known = entry or Entry(item.id, item.modality, item.text, added)
            known.modality, known.text, known.vector = item.modality, item.text, record.vector
            entry = self.entries[item.id] = known
        if entry is None:
            raise CollectionError(f"{item.source}: item {item.id} is new and has no vector")
        if record.regions:
            entry.regions = {str(each.box): each.vector for each in record.regions}
        if item.source in self._holders:
            self._take(item.source)
        if record.marks is not None:
            entry.replace_marks(record.marks)
        metadata = {**item.metadata, **(entry.marks or {})}
        entry.sources[item.source] = Source(metadata, record.stamp)
        self._holders[item.source] = entry
        self.touched.add(item.id)

    def mark_missing(self, sources: Iterable[str], *, missing: bool) -> None:
        """Mark sources as vanished, or as back again."""
        for name in self._holders.keys() & set(sources):
            entry = self._holders[name]
            if entry.sources[name].missing != missing:
                entry.sources[name].missing = missing
                self.touched.add(entry.id)

    def mark(self, ids: Iterable[str], change: Change) -> int:
        """Replace the marks of items by what `change` returns; count those changed."""
        changed = 0
        for name in self.entries.keys() & set(ids):
            entry = self.entries[name]
            new = change(name, entry.marks or {})
            if new != (entry.marks or {}):
                entry.replace_marks(new)
                self.touched.add(name)
                changed += 1
        return changed

    def forget(self, sources: Iterable[str]) -> int:
        """Remove sources, then all items without one; return how many items."""
        for name in self._holders.keys() & set(sources):
            self._take(name)
        return self.delete([entry.id for entry in self.entries.values() if not entry.sources])

    def delete(self, ids: Iterable[str]) -> int:
        """Remove items; return how many there were."""
        gone = self.entries.keys() & set(ids)
        for name in gone:
            del self.entries[name]
        self.touched |= gone
        return len(gone)

    def _take(self, source: str) -> None:
        entry = self._holders.pop(source)
        del entry.sources[source]
        self.touched.add(entry.id)


def edited(
    table: Table,
    edit: Callable[[Edit], int | None],
    *,
    sources: Sequence[str] = (),
    ids: Iterable[str] = (),
) -> int:
    """Change the items of some sources and ids, and write what was touched; return the count."""
    named = {row["item"] for row in table.scan_named("source", sources, ["item"], strong=True)}
    entries = table.entries(named | set(ids), vectors=True, strong=True)
    dim = table.about.dim
    before = {name: _keys(entry, dim) for name, entry in entries.items()}
    work = Edit(entries)
    count = edit(work) or 0
    rows = [
        row
        for name in sorted(work.touched & work.entries.keys())
        for row in rows_of(work.entries[name], dim)
    ]
    gone = set().union(*(before.get(name, set()) for name in work.touched))
    table.write(rows, without=sorted(gone - {row["key"] for row in rows}))
    return count


def _keys(entry: Entry, dim: int) -> set[str]:
    return {row["key"] for row in rows_of(entry, dim)}


def _now() -> str:
    return f"{datetime.now(UTC).strftime(_TIME)[:-3]}Z"
