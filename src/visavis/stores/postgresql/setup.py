"""Tables of a collection in PostgreSQL: looked for, made, and brought up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visavis.errors import CollectionError
from visavis.stores.postgresql.history import HISTORY, note_generation
from visavis.stores.postgresql.reading import one
from visavis.stores.postgresql.schema import (
    INDEXES,
    TABLES,
    VECTORS,
    VERSION,
    check_extension,
    upgrade,
)

if TYPE_CHECKING:
    from psycopg import Connection

    from visavis.stores.postgresql.connection import Database


def has_tables(connection: Connection[Any], database: Database) -> bool:
    """Tell whether there is a collection in the schema."""
    tables = [f'"{database.location.schema}".{table}' for table in ("meta", "vectors")]
    sql = "SELECT to_regclass(%s) IS NOT NULL AND to_regclass(%s) IS NOT NULL"
    return bool(one(connection, sql, tables))


def check_tables(connection: Connection[Any], database: Database) -> None:
    """Raise CollectionError if there is no collection in the schema, or no pgvector for it."""
    if not has_tables(connection, database):
        raise CollectionError(f"{database.shown}: no collection {database.location.schema!r} in it")
    if database.extension is None:
        raise CollectionError(
            f"{database.shown}: pgvector was removed from this database, and all vectors with it; "
            "restore a backup"
        )
    check_extension(database.extension, database.shown)


def create_tables(connection: Connection[Any], database: Database, model_id: str, dim: int) -> None:
    """Make the tables of an empty collection; raises CollectionError if there is one."""
    if has_tables(connection, database):
        raise CollectionError(
            f"{database.shown}: there is a collection {database.location.schema!r} already"
        )
    available = "SELECT default_version FROM pg_available_extensions WHERE name = 'vector'"
    installed = "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
    check_extension(one(connection, installed) or one(connection, available), database.shown)
    connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{database.location.schema}"')
    connection.execute(TABLES + INDEXES + HISTORY)
    connection.execute(VECTORS.format(table="vectors", dim=int(dim)))
    values = {"version": VERSION, "model_id": model_id, "dim": dim, "generation": 0, "changed": ""}
    for key, value in values.items():
        connection.execute("INSERT INTO meta VALUES (%s, %s)", (key, str(value)))
    note_generation(connection)


def upgrade_tables(database: Database) -> None:
    """Bring older tables to the present version; raises CollectionError for a role that may not."""
    try:
        with database.staging() as connection:
            version = int(one(connection, "SELECT value FROM meta WHERE key = 'version'"))
            if version < VERSION:
                upgrade(connection, version)
    except CollectionError as error:
        raise CollectionError(
            f"{error}: its tables are of an older version; open it once as their owner"
        ) from error
