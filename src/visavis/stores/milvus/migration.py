"""Migration of a store in Milvus: new vectors wait as orphans in rows of their own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from visavis.errors import CollectionError
from visavis.stores.base import PAGE, check_vectors
from visavis.stores.milvus.editing import Edit, edited
from visavis.stores.milvus.entries import Entry, rows_of
from visavis.stores.milvus.schema import About, table_name, table_number
from visavis.stores.milvus.table import Table, batched
from visavis.stores.records import Record, SourceState

HELD = 'part in ["image", "text"]'
"""Rows of sources, missing ones included."""
_WAITING = 'part == "orphan"'


class MilvusMigration:
    """A migration that may be interrupted at any time; the alias is moved at its end.

    Nobody may write to the collection while it is finished: such changes would be lost.
    """

    def __init__(self, table: Table, model_id: str, dim: int) -> None:
        self._old = table
        about = About(model_id, dim)
        connection = table.connection
        name = connection.location.name
        number = table_number(name, table.name) or 0
        self._new = Table(connection, table_name(name, number + 1, about), about)
        tables = connection.call("list_collections")
        for other in tables:
            if table_number(name, other) and other not in {table.name, self._new.name}:
                connection.call("drop_collection", other)
        if self._new.name not in tables:
            self._new.create()

    def counts(self) -> tuple[int, int]:
        """Return how many items have new vectors already, and how many items there are."""
        self._check()
        waiting = (row["item"] for row in self._new.scan(f'{_WAITING} and box == ""', ["item"]))
        done = sum(len(self._known(some)) for some in batched(waiting, PAGE))
        return done, self._old.count_vectors(HELD)

    def left(self, after: str = "", limit: int = PAGE) -> dict[str, dict[str, SourceState]]:
        """Return a page of items without new vectors, by id, with the states of their sources."""
        self._check()
        left: list[str] = []
        while len(left) < limit and (page := self._old.items(HELD, after, PAGE)):
            done = self._done(page)
            left += [name for name in page if name not in done]
            after = page[-1]
        entries = self._old.entries(left[:limit], vectors=False)
        return {name: entries[name].states() for name in left[:limit]}

    def put(self, records: Iterable[Record]) -> None:
        """Keep new vectors, with their regions; skip unknown items."""
        self._check()
        new = [self._entry(record) for record in records]
        known = self._known(entry.id for entry in new)
        kept = {entry.id: entry for entry in new if entry.id in known}

        def edit(work: Edit) -> None:
            work.entries.update(kept)
            work.touched |= kept.keys()

        edited(self._new, edit, ids=kept)

    def finish(self, without: Collection[str]) -> bool:
        """Put the new vectors in place of the old ones, in one step.

        Returns False, and changes nothing, if items other than `without` lack theirs.
        """
        self._check()
        dim, connection = self._new.about.dim, self._old.connection
        allowed = set(without)
        if any(set(page) - self._done(page) - allowed for page in self._pages()):
            return False
        self._new.call(
            "delete", filter='part in ["image", "text", "regions"]'
        )  # of a try that was interrupted
        for page in self._pages():
            self._new.write([row for entry in self._joined(page) for row in rows_of(entry, dim)])
        self._new.call("delete", filter=_WAITING)
        self._new.note_change()
        connection.call("alter_alias", self._new.name, connection.location.name)
        connection.call("drop_collection", self._old.name)
        return True

    def _joined(self, ids: Collection[str]) -> Iterator[Entry]:
        """Yield items with their sources and new vectors."""
        waiting = self._new.entries(ids, vectors=True, strong=True)
        for entry in self._old.entries(ids, vectors=False, strong=True).values():
            new = waiting.get(entry.id)
            entry.vector, entry.regions = (new.vector, new.regions) if new else (None, {})
            for source in entry.sources.values():
                source.missing = source.missing or new is None
            yield entry

    def _entry(self, record: Record) -> Entry:
        item, vectors = record.item, [record.vector, *(each.vector for each in record.regions)]
        for vector in vectors:
            assert vector is not None
            check_vectors(vector[None], self._new.about.dim, CollectionError)
        regions = {str(each.box): each.vector for each in record.regions}
        return Entry(item.id, item.modality, item.text, vector=record.vector, regions=regions)

    def _pages(self) -> Iterator[list[str]]:
        """Yield the ids of all items that have a source, some at a time."""
        return batched((row["item"] for row in self._old.scan_once(HELD, ())), PAGE)

    def _known(self, ids: Iterable[str]) -> set[str]:
        return {row["item"] for row in self._old.scan_named("item", ids, ["item"], HELD)}

    def _done(self, ids: Iterable[str]) -> set[str]:
        return {row["item"] for row in self._new.scan_named("item", ids, ["item"], _WAITING)}

    def _check(self) -> None:
        """Raise CollectionError if another process replaced or finished this migration."""
        connection = self._old.connection
        current = connection.call("describe_alias", connection.location.name)["collection_name"]
        if current != self._old.name or not connection.call("has_collection", self._new.name):
            raise CollectionError(
                f"{connection.shown}: another process has ended this migration; look with `stats`"
            )
