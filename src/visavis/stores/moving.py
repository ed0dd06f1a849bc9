"""Migrate a collection: new vectors wait in a table of their own until all are there."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

import numpy as np

from visavis.errors import CollectionError
from visavis.stores.base import Record, check_vectors
from visavis.stores.database import Database
from visavis.stores.derived import pack

_MAKE = """CREATE TABLE next_vectors (
    item INTEGER NOT NULL REFERENCES items ON DELETE CASCADE,
    box TEXT NOT NULL DEFAULT '',
    vector BLOB NOT NULL,
    PRIMARY KEY (item, box))"""
_DROP_ITEM = "DELETE FROM next_vectors WHERE item = (SELECT row FROM items WHERE id = ?)"
_PUT = """INSERT INTO next_vectors (item, box, vector)
    SELECT row, ?, ? FROM items WHERE id = ?"""
_DONE = "SELECT id FROM items WHERE row IN (SELECT item FROM next_vectors WHERE box = '')"
_LEFT = "SELECT id FROM items WHERE row NOT IN (SELECT item FROM next_vectors WHERE box = '')"
_HIDE = """UPDATE sources SET missing = 1
    WHERE item NOT IN (SELECT item FROM next_vectors WHERE box = '')"""


class SQLiteMove:
    """A move that may be interrupted at any time; searches see nothing of it before its end."""

    def __init__(self, database: Database, model_id: str, dim: int) -> None:
        self._database, self._model_id, self._dim = database, model_id, dim
        with database.staging() as connection:
            if _pending(connection) != (model_id, str(dim)):
                _start(connection, model_id, dim)

    def done(self) -> set[str]:
        """Return the ids of the items whose new vectors are there already."""
        with self._database.reading() as connection:
            self._check(connection)
            return {name for (name,) in connection.execute(_DONE)}

    def put(self, records: Iterable[Record]) -> None:
        """Keep new vectors with their regions in one transaction; skip unknown items."""
        with self._database.staging() as connection:
            self._check(connection)
            for record in records:
                self._put(connection, record)

    def finish(self, without: Collection[str]) -> bool:
        """Put the new vectors in place of the old ones, in one step.

        Nothing happens, and False is returned, if items other than `without` lack theirs.
        """
        with self._database.writing() as connection:
            self._check(connection)
            left = {name for (name,) in connection.execute(_LEFT)}
            if left.difference(without):
                return False
            connection.execute(_HIDE)
            connection.execute("DROP TABLE vectors")
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
        """Another process may have moved the collection elsewhere, or finished this move."""
        if _pending(connection) != (self._model_id, str(self._dim)):
            raise CollectionError(
                f"{self._database.file}: another process has ended this move; look with `stats`"
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
