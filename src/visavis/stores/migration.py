"""Migration of an SQLite store: new vectors wait in a table of their own until all are there."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

import numpy as np

from visavis.errors import CollectionError
from visavis.stores.base import PAGE, check_vectors
from visavis.stores.columns import pack, read_state
from visavis.stores.database import Database
from visavis.stores.records import Record, SourceState

_MAKE = """CREATE TABLE next_vectors (
    item INTEGER NOT NULL REFERENCES items ON DELETE CASCADE,
    box TEXT NOT NULL DEFAULT '',
    vector BLOB NOT NULL,
    PRIMARY KEY (item, box))"""
_DROP_ITEM = "DELETE FROM next_vectors WHERE item = (SELECT row FROM items WHERE id = ?)"
_PUT = """INSERT INTO next_vectors (item, box, vector)
    SELECT row, ?, ? FROM items WHERE id = ?"""
_COUNTS = """SELECT (SELECT count(*) FROM next_vectors WHERE box = ''),
    (SELECT count(DISTINCT item) FROM sources)"""
_LEFT = """FROM items i
    WHERE NOT EXISTS (SELECT 1 FROM next_vectors n WHERE n.item = i.row AND n.box = '')
    AND EXISTS (SELECT 1 FROM sources s WHERE s.item = i.row)"""
_HIDE = f"UPDATE sources SET missing = 1 WHERE item IN (SELECT i.row {_LEFT})"


class SQLiteMigration:
    """A migration that may be interrupted at any time; searches see nothing before its end."""

    def __init__(self, database: Database, model_id: str, dim: int) -> None:
        self._database, self._model_id, self._dim = database, model_id, dim
        with database.staging() as connection:
            if _pending(connection) != (model_id, str(dim)):
                _start(connection, model_id, dim)

    def counts(self) -> tuple[int, int]:
        """Return how many items have new vectors already, and how many items there are."""
        with self._database.reading() as connection:
            self._check(connection)
            done, total = connection.execute(_COUNTS).fetchone()
            return done, total

    def left(self, after: str = "", limit: int = PAGE) -> dict[str, dict[str, SourceState]]:
        """Return a page of items without new vectors, by id, with the states of their sources."""
        with self._database.reading() as connection:
            self._check(connection)
            rows = connection.execute(
                f"""SELECT l.id, s.source, l.id, s.size, s.mtime_ns, s.missing
                FROM (SELECT i.row, i.id {_LEFT} AND i.id > ? ORDER BY i.id LIMIT ?) l
                JOIN sources s ON s.item = l.row ORDER BY l.id, s.missing, s.source""",
                (after, limit),
            )
            items: dict[str, dict[str, SourceState]] = {}
            for name, source, *state in rows:
                items.setdefault(name, {})[source] = read_state(*state)
        return items

    def put(self, records: Iterable[Record]) -> None:
        """Keep new vectors, with their regions, in one transaction; skip unknown items."""
        with self._database.staging() as connection:
            self._check(connection)
            for record in records:
                self._put(connection, record)

    def finish(self, without: Collection[str]) -> bool:
        """Put the new vectors in place of the old ones, in one step.

        Returns False, and changes nothing, if items other than `without` lack theirs.
        """
        with self._database.writing() as connection:
            self._check(connection)
            left = {name for (name,) in connection.execute(f"SELECT i.id {_LEFT}")}
            if left.difference(without):
                return False
            connection.execute(_HIDE)
            connection.execute("DROP TABLE vectors")
            connection.execute("DROP TABLE IF EXISTS changes")  # indexes of the old ones are void
            connection.execute("ALTER TABLE next_vectors RENAME TO vectors")
            connection.executemany(
                "UPDATE meta SET value = ? WHERE key = ?",
                [(self._model_id, "model_id"), (str(self._dim), "dim")],
            )
            connection.execute("DELETE FROM meta WHERE key IN ('next_model_id', 'next_dim')")
        return True

    def _put(self, connection: sqlite3.Connection, record: Record) -> None:
        assert record.vector is not None
        name = record.item.id
        parts = [("", record.vector), *((str(each.box), each.vector) for each in record.regions)]
        rows = check_vectors(np.stack([row for _, row in parts]), self._dim, CollectionError)
        connection.execute(_DROP_ITEM, (name,))
        connection.executemany(
            _PUT, [(box, pack(row), name) for (box, _), row in zip(parts, rows, strict=True)]
        )

    def _check(self, connection: sqlite3.Connection) -> None:
        """Raise CollectionError if another process replaced or finished this migration."""
        if _pending(connection) != (self._model_id, str(self._dim)):
            raise CollectionError(
                f"{self._database.file}: another process has ended this migration; "
                "look with `stats`"
            )


def _pending(connection: sqlite3.Connection) -> tuple[str | None, str | None]:
    meta = dict(connection.execute("SELECT key, value FROM meta WHERE key LIKE 'next_%'"))
    return meta.get("next_model_id"), meta.get("next_dim")


def _start(connection: sqlite3.Connection, model_id: str, dim: int) -> None:
    connection.execute("DROP TABLE IF EXISTS next_vectors")
    connection.execute(_MAKE)
    connection.executemany(
        "INSERT OR REPLACE INTO meta VALUES (?, ?)",
        [("next_model_id", model_id), ("next_dim", str(dim))],
    )
