"""Migration of a PostgreSQL store."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from visavis.stores.postgresql.findable import note_findable
from visavis.stores.postgresql.schema import VECTORS
from visavis.stores.staged_migration import SQL, StagedMigration
from visavis.types import Vectors

if TYPE_CHECKING:
    from psycopg import Connection

    from visavis.stores.postgresql.connection import Database

T = TypeVar("T")

_GRANTS = """SELECT format('GRANT %s ON next_vectors TO %s', a.privilege_type,
        CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
    FROM pg_class c CROSS JOIN aclexplode(c.relacl) a
    WHERE c.oid = 'vectors'::regclass AND a.grantee != c.relowner"""
"""Statements that give the new table the rights to the old one."""


class PostgreSQLMigration(StagedMigration):
    """A migration in the schema of the collection."""

    parameter = "%s"
    put_vector = """INSERT INTO next_vectors (item, box, id, modality, findable, vector)
        SELECT row, %s, id, modality, FALSE, %s FROM items WHERE id = %s"""
    """Whether an item can be found is noted at the end."""

    def __init__(self, database: Database, model_id: str, dim: int) -> None:
        super().__init__(database, database.shown, model_id, dim)
        self._retrying = database

    def table(self, dim: int) -> str:
        """Return the statement that makes the table `next_vectors`."""
        return VECTORS.format(table="next_vectors", dim=int(dim))

    def pack(self, vector: Vectors) -> Vectors:
        """Return a vector (dim,) as it is: pgvector takes it so."""
        return vector

    def replace_vectors(self, connection: Connection[Any]) -> None:
        """Put the new table in place of the old one, with its rights."""
        for (grant,) in connection.execute(_GRANTS).fetchall():
            connection.execute(grant)
        connection.execute("DROP TABLE vectors")
        connection.execute("ALTER TABLE next_vectors RENAME TO vectors")
        for index in ("pkey", "full"):
            connection.execute(f"ALTER INDEX next_vectors_{index} RENAME TO vectors_{index}")
        note_findable(connection)

    def _read(self, work: Callable[[SQL], T]) -> T:
        """Return what `work` reads; a connection lost on the way is tried once more."""

        def read(connection: Any) -> T:
            self._check(connection)
            return work(connection)

        return self._retrying.read(read)
