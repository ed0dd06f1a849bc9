"""Migration of a PostgreSQL store: new vectors wait in a table of their own until all are there."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from visavis.errors import CollectionError
from visavis.stores.base import PAGE, check_vectors
from visavis.stores.columns import read_state
from visavis.stores.postgresql.findable import note_findable
from visavis.stores.postgresql.schema import VECTORS
from visavis.stores.records import Record, SourceState

if TYPE_CHECKING:
    from psycopg import Connection

    from visavis.stores.postgresql.connection import Database

_DROP_ITEM = "DELETE FROM next_vectors WHERE item = (SELECT row FROM items WHERE id = %s)"
_PUT = """INSERT INTO next_vectors (item, box, id, modality, findable, vector)
    SELECT row, %s, id, modality, FALSE, %s FROM items WHERE id = %s"""
"""Whether an item can be found is noted at the end."""

_COUNTS = """SELECT (SELECT count(*) FROM next_vectors WHERE box = ''),
    (SELECT count(DISTINCT item) FROM sources)"""
_LEFT = """FROM items i
    WHERE NOT EXISTS (SELECT 1 FROM next_vectors n WHERE n.item = i.row AND n.box = '')
    AND EXISTS (SELECT 1 FROM sources s WHERE s.item = i.row)"""
_GRANTS = """SELECT format('GRANT %s ON next_vectors TO %s', a.privilege_type,
        CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
    FROM pg_class c CROSS JOIN aclexplode(c.relacl) a
    WHERE c.oid = 'vectors'::regclass AND a.grantee != c.relowner"""
"""Statements that give the new table the rights to the old one."""


class PostgreSQLMigration:
    """A migration that may be interrupted at any time; searches see nothing before its end."""

    def __init__(self, database: Database, model_id: str, dim: int) -> None:
        self._database, self._model_id, self._dim = database, model_id, dim
        with database.staging() as connection:
            if _pending(connection) != (model_id, str(dim)):
                _start(connection, model_id, dim)

    def counts(self) -> tuple[int, int]:
        """Return how many items have new vectors already, and how many items there are."""

        def read(connection: Connection[Any]) -> tuple[int, int]:
            self._check(connection)
            row = connection.execute(_COUNTS).fetchone()
            assert row is not None
            return int(row[0]), int(row[1])

        return self._database.read(read)

    def left(self, after: str = "", limit: int = PAGE) -> dict[str, dict[str, SourceState]]:
        """Return a page of items without new vectors, by id, with the states of their sources."""
        sql = f"""SELECT l.id, s.source, l.id, s.size, s.mtime_ns, s.missing
            FROM (SELECT i.row, i.id {_LEFT} AND i.id > %s ORDER BY i.id LIMIT %s) l
            JOIN sources s ON s.item = l.row ORDER BY l.id, s.missing, s.source"""

        def read(connection: Connection[Any]) -> dict[str, dict[str, SourceState]]:
            self._check(connection)
            items: dict[str, dict[str, SourceState]] = {}
            for name, source, *state in connection.execute(sql, (after, limit)):
                items.setdefault(name, {})[source] = read_state(*state)
            return items

        return self._database.read(read)

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
            connection.execute(
                f"UPDATE sources SET missing = TRUE WHERE item IN (SELECT i.row {_LEFT})"
            )
            for (grant,) in connection.execute(_GRANTS).fetchall():
                connection.execute(grant)
            connection.execute("DROP TABLE vectors")
            connection.execute("ALTER TABLE next_vectors RENAME TO vectors")
            for index in ("pkey", "full"):
                connection.execute(f"ALTER INDEX next_vectors_{index} RENAME TO vectors_{index}")
            note_findable(connection)
            for key, value in (("model_id", self._model_id), ("dim", str(self._dim))):
                connection.execute("UPDATE meta SET value = %s WHERE key = %s", (value, key))
            connection.execute("DELETE FROM meta WHERE key IN ('next_model_id', 'next_dim')")
        return True

    def _put(self, connection: Connection[Any], record: Record) -> None:
        assert record.vector is not None
        name = record.item.id
        parts = [("", record.vector), *((str(each.box), each.vector) for each in record.regions)]
        rows = check_vectors(np.stack([row for _, row in parts]), self._dim, CollectionError)
        connection.execute(_DROP_ITEM, (name,))
        for (box, _), row in zip(parts, rows, strict=True):
            connection.execute(_PUT, (box, row, name))

    def _check(self, connection: Connection[Any]) -> None:
        """Raise CollectionError if another process replaced or finished this migration."""
        if _pending(connection) != (self._model_id, str(self._dim)):
            raise CollectionError(
                f"{self._database.shown}: another process has ended this migration; "
                "look with `stats`"
            )


def _pending(connection: Connection[Any]) -> tuple[str | None, str | None]:
    meta = dict(connection.execute("SELECT key, value FROM meta WHERE key LIKE 'next%'"))
    return meta.get("next_model_id"), meta.get("next_dim")


def _start(connection: Connection[Any], model_id: str, dim: int) -> None:
    connection.execute("DROP TABLE IF EXISTS next_vectors")
    connection.execute(VECTORS.format(table="next_vectors", dim=int(dim)))
    for key, value in (("next_model_id", model_id), ("next_dim", str(dim))):
        connection.execute(
            "INSERT INTO meta VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )
