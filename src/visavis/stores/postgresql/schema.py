"""The tables of a collection in PostgreSQL, and their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visavis.errors import CollectionError
from visavis.stores.columns import damaged
from visavis.stores.postgresql.history import begin_history

if TYPE_CHECKING:
    from psycopg import Connection

VERSION = 6
"""Version 2 added what a search asks of an item to `vectors`, version 3 `sources.reading`,
version 4 `items.added` and indexes for lists in order, version 5 `items.marks`, version 6 what
`history.py` keeps."""
LEAST_EXTENSION = (0, 8, 4)
"""Earlier versions of pgvector had a buffer overflow and corrupt indexes in HNSW builds."""

# Names are compared by code points, as everywhere in visavis, whatever the database's locale.
TABLES = """
CREATE TABLE meta (key text PRIMARY KEY, value text NOT NULL);
CREATE TABLE items (
    row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    modality text NOT NULL,
    text text COLLATE "C",
    added text COLLATE "C",
    marks jsonb,
    came bigint NOT NULL DEFAULT 0,
    changed bigint NOT NULL DEFAULT 0
);
CREATE TABLE sources (
    source text COLLATE "C" PRIMARY KEY,
    item bigint NOT NULL REFERENCES items ON DELETE CASCADE,
    metadata jsonb NOT NULL,
    size bigint,
    mtime_ns bigint,
    missing boolean NOT NULL DEFAULT FALSE,
    reading bigint NOT NULL DEFAULT 0
);
CREATE INDEX sources_of_items ON sources (item, missing, source);
CREATE INDEX metadata_of_sources ON sources USING gin (metadata jsonb_path_ops);
CREATE TABLE moments (
    name text PRIMARY KEY,
    generation bigint NOT NULL,
    count bigint NOT NULL,
    mean bytea NOT NULL,
    second bytea NOT NULL
);
"""

TAKEN = '''substring(metadata ->> 'taken' from '^[0-9]{4}-[0-9]{2}.*') COLLATE "C"'''
"""The date of a source; an index of the table has the same expression."""

INDEXES = f"""
CREATE INDEX items_by_added ON items (added, row);
CREATE INDEX sources_by_taken ON sources (({TAKEN}), item) WHERE NOT missing;
"""

VECTORS = """CREATE TABLE {table} (
    item bigint NOT NULL REFERENCES items ON DELETE CASCADE,
    box text COLLATE "C" NOT NULL DEFAULT '',
    id text COLLATE "C" NOT NULL,
    modality text NOT NULL,
    findable boolean NOT NULL,
    vector vector({dim}) NOT NULL,
    PRIMARY KEY (item, box)
);
CREATE INDEX {table}_full ON {table} (modality, id) WHERE findable AND box = '';
"""
"""Vectors, with all that ranking them asks of their items: a search joins the best ones only."""

_TO_VERSION_2 = """
ALTER TABLE {table} ADD COLUMN id text COLLATE "C", ADD COLUMN modality text,
    ADD COLUMN findable boolean NOT NULL DEFAULT FALSE;
UPDATE {table} v SET id = i.id, modality = i.modality, findable = EXISTS (
        SELECT 1 FROM sources s WHERE s.item = i.row AND NOT s.missing)
    FROM items i WHERE i.row = v.item;
ALTER TABLE {table} ALTER COLUMN id SET NOT NULL, ALTER COLUMN modality SET NOT NULL,
    ALTER COLUMN findable DROP DEFAULT;
CREATE INDEX {table}_full ON {table} (modality, id) WHERE findable AND box = '';
"""
_TO_VERSION_3 = "ALTER TABLE sources ADD COLUMN reading bigint NOT NULL DEFAULT 0"
_TO_VERSION_4 = f'ALTER TABLE items ADD COLUMN added text COLLATE "C"; {INDEXES}'
_TO_VERSION_5 = "ALTER TABLE items ADD COLUMN marks jsonb"


def check_extension(version: str | None, location: str) -> None:
    """Raise CollectionError unless pgvector is there and recent enough."""
    wanted = ".".join(map(str, LEAST_EXTENSION))
    if version is None:
        raise CollectionError(
            f"{location}: the server has no pgvector; install version {wanted} or later"
        )
    if _numbers(version) < LEAST_EXTENSION:
        raise CollectionError(
            f"{location}: pgvector is {version}; {wanted} or later is needed: "
            "ALTER EXTENSION vector UPDATE"
        )


def check_version(written: str, location: str) -> int:
    """Return the version of tables; raises CollectionError for a later one than this one knows."""
    if not written.isdigit():
        raise damaged("its table `meta` lacks the version")
    version = int(written)
    if version > VERSION:
        raise CollectionError(
            f"{location}: its tables are of version {version}, this visavis knows {VERSION}: "
            "upgrade visavis"
        )
    return version


def upgrade(connection: Connection[Any], version: int) -> None:
    """Bring tables of an older version to the present one; rights that were granted stay."""
    if version < 2:  # noqa: PLR2004
        for table in ("vectors", "next_vectors"):
            row = connection.execute("SELECT to_regclass(%s)", (table,)).fetchone()
            if row is not None and row[0] is not None:
                connection.execute(_TO_VERSION_2.format(table=table))
    if version < 3:  # noqa: PLR2004
        connection.execute(_TO_VERSION_3)
    if version < 4:  # noqa: PLR2004
        connection.execute(_TO_VERSION_4)
    if version < 5:  # noqa: PLR2004
        connection.execute(_TO_VERSION_5)
    begin_history(connection)
    connection.execute("UPDATE meta SET value = %s WHERE key = 'version'", (str(VERSION),))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())
