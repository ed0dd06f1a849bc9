"""Migration of an SQLite store."""

from __future__ import annotations

import sqlite3

from visavis.stores.database import Database
from visavis.stores.packing import pack
from visavis.stores.staged_migration import StagedMigration
from visavis.types import Vectors


class SQLiteMigration(StagedMigration):
    """A migration in the file of the collection."""

    parameter = "?"
    put_vector = """INSERT INTO next_vectors (item, box, vector)
        SELECT row, ?, ? FROM items WHERE id = ?"""

    def __init__(self, database: Database, model_id: str, dim: int) -> None:
        super().__init__(database, str(database.file), model_id, dim)

    def table(self, dim: int) -> str:  # noqa: ARG002 - blobs have any length
        """Return the statement that makes the table `next_vectors`."""
        return """CREATE TABLE next_vectors (
            item INTEGER NOT NULL REFERENCES items ON DELETE CASCADE,
            box TEXT NOT NULL DEFAULT '',
            vector BLOB NOT NULL,
            PRIMARY KEY (item, box))"""

    def pack(self, vector: Vectors) -> bytes:
        """Return a vector (dim,) as a blob."""
        return pack(vector)

    def replace_vectors(self, connection: sqlite3.Connection) -> None:
        """Put the new table in place of the old one, whose indexes are void."""
        connection.execute("DROP TABLE vectors")
        connection.execute("DROP TABLE IF EXISTS changes")
        connection.execute("ALTER TABLE next_vectors RENAME TO vectors")
