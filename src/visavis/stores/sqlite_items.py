"""Items and sources of a collection in SQLite: written, read, listed, marked and followed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from visavis.errors import CollectionError
from visavis.stores.abilities import Change
from visavis.stores.base import PAGE
from visavis.stores.database import Database
from visavis.stores.derived import Derived
from visavis.stores.following import Bookmark, ChangeLog, Changes
from visavis.stores.listing import Listing
from visavis.stores.metadata_columns import accepted_items, keys_of
from visavis.stores.months import months_added, months_taken
from visavis.stores.reading import (
    count_items,
    ids_with_vectors,
    read_ids,
    read_items,
    read_metadata_types,
    read_records,
    read_states,
    read_vectors,
)
from visavis.stores.records import (
    Listed,
    Order,
    OrderKey,
    Place,
    Record,
    SourceState,
)
from visavis.stores.sql_store import SQLStore
from visavis.stores.writing import mark, put
from visavis.types import Condition, Filter, Item, Modality, Vectors


class SQLiteItems(SQLStore):
    """What a store in SQLite keeps, apart from what is derived to search it."""

    _database: Database

    def __init__(self, database: Database) -> None:
        # Below a file nothing can be kept: its matrices are held in memory alone.
        folder = database.file if database.read_only else database.file.parent
        super().__init__(database, str(folder), database.meta())
        self._derived = Derived(folder / "cache", self.dim)

    def _put(self, connection: sqlite3.Connection, records: Iterable[Record]) -> None:
        for record in records:
            put(connection, record)

    def mark_missing(self, sources: Sequence[str], *, missing: bool = True) -> None:
        """Mark sources as vanished, or as back again."""
        with self._database.writing() as database:
            database.executemany(
                "UPDATE sources SET missing = ?1 WHERE source = ?2 AND missing != ?1",
                [(missing, source) for source in sources],
            )

    def forget(self, sources: Sequence[str]) -> int:
        """Remove sources, then all items without a source; return how many items."""
        with self._database.writing() as database:
            database.executemany("DELETE FROM sources WHERE source = ?", [(s,) for s in sources])
            return database.execute(
                "DELETE FROM items WHERE row NOT IN (SELECT item FROM sources)"
            ).rowcount

    def delete(self, ids: Sequence[str]) -> int:
        """Remove items with their sources; return how many there were."""
        with self._database.writing() as database:
            return database.execute(
                "DELETE FROM items WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(ids)),),
            ).rowcount

    def states(self, sources: Sequence[str]) -> dict[str, SourceState]:
        """Return the states of those of the sources that are known."""
        return self._states(
            "s.source IN (SELECT value FROM json_each(?))", json.dumps(list(sources))
        )

    def sources(self, after: str = "", limit: int = PAGE) -> dict[str, SourceState]:
        """Return a page of sources, missing ones included: the next `limit` after `after`."""
        return self._states("s.source > ? ORDER BY s.source LIMIT ?", after, limit)

    def _states(self, chosen: str, *parameters: str | int) -> dict[str, SourceState]:
        with self._database.reading() as database:
            return read_states(database, self._database.reading_column, chosen, parameters)

    def records(self, sources: Sequence[str]) -> list[Record]:
        """Return the complete records of those of the sources that are known."""
        known = self._database
        columns = known.reading_column, known.added_column, known.marks_column
        with known.reading() as database:
            self._check_model(database)
            return read_records(database, columns, sources, self.dim)

    def ids(
        self, modality: Modality | None = None, after: str = "", limit: int = PAGE
    ) -> list[str]:
        """Return a page of ids of findable items, in the order of their code points."""
        with self._database.reading() as database:
            return read_ids(database, modality, after, limit)

    def _get(self, ids: Sequence[str]) -> dict[str, Item]:
        with self._database.reading() as database:
            return read_items(database, ids)

    def _vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        with self._database.reading() as database:
            self._check_model(database)
            return read_vectors(database, ids, self.dim)

    def encoded(self, ids: Sequence[str]) -> set[str]:
        """Return those of the ids whose items have a vector."""
        return self._with_vectors(ids, "v.box = ''")

    def with_regions(self, ids: Sequence[str]) -> set[str]:
        """Return those of the ids whose items have regions."""
        return self._with_vectors(ids, "v.box != ''")

    def _with_vectors(self, ids: Sequence[str], chosen: str) -> set[str]:
        with self._database.reading() as database:
            return ids_with_vectors(database, ids, chosen)

    def count(self, modality: Modality | None = None, where: Filter = ()) -> int:
        """Count the items that can be found."""
        with self._database.reading() as database:
            return count_items(database, modality, where)

    def metadata_types(self, modality: Modality | None = None) -> dict[str, set[str]]:
        """Return the keys of the metadata of findable items, each with the types of its values."""
        with self._database.reading() as database:
            return read_metadata_types(database, modality)

    def listed(
        self,
        order: Order,
        after: Place | None = None,
        limit: int = PAGE,
        modality: Modality | None = None,
        where: Filter = (),
    ) -> list[Listed]:
        """Return a page of items: the next `limit` after a place."""
        with self._database.reading() as database:
            rows = self._accepted(database, modality, where) if where else None
            listing = Listing(order.key, self._database.added_column, modality, where, rows)
            return listing.page(database, order, after, limit)

    def months(
        self, key: OrderKey, modality: Modality | None = None, where: Filter = ()
    ) -> dict[str, int]:
        """Count items by the month of a date; those without are counted under "", last."""
        with self._database.reading() as database:
            if key == "taken":
                return months_taken(self._derived, database, _of(modality, where))
            rows = self._accepted(database, modality, where)
            return months_added(database, self._database.added_column, np.flatnonzero(rows))

    def _accepted(
        self, database: sqlite3.Connection, modality: Modality | None, where: Filter
    ) -> NDArray[np.bool_]:
        """Return a mask, by row, of the items that meet a filter."""
        where = _of(modality, where)
        columns = self._derived.columns(database, keys_of(where) or ["modality"])
        return accepted_items(where, columns)

    def _mark(self, ids: Sequence[str], change: Change) -> int:
        with self._database.writing() as database:
            return mark(database, ids, change)

    def changes(self, after: Bookmark | None = None, limit: int = PAGE) -> Changes:
        """Return the next changes after a bookmark; without one, all items as added."""
        if not self._database.keeps_history:
            raise CollectionError(f"{self.location}: open it once where it can be written to")
        with self._database.reading() as database:
            log = ChangeLog(database.execute, partial(read_items, database), "?")
            return log.follow(after, limit)


def _of(modality: Modality | None, where: Filter) -> Filter:
    return (*where, Condition("modality", "=", modality)) if modality else where
