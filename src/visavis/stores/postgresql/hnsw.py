"""Approximate indexes in PostgreSQL: one HNSW graph of half-precision vectors a modality."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visavis.stores.records import IndexState
from visavis.types import Modality

if TYPE_CHECKING:
    from psycopg import Connection

EF_CONSTRUCTION = 128
_MOST_MEMORY = 2048
"""Megabytes that building may take: a graph that does not fit is built many times slower."""
_NEIGHBOURS = 800
"""Bytes that the neighbours of a vector take while the graph is built."""

_STATE = """SELECT greatest(c.reltuples, 0)::bigint, pg_relation_size(c.oid)
    FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid
    WHERE x.indexrelid = to_regclass(%s) AND x.indisvalid"""
_SERVES = """EXISTS (SELECT 1 FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid
    WHERE x.indexrelid = to_regclass('"{name}"') AND x.indisvalid
        AND greatest(c.reltuples, 0) >= {least})"""
_IS_VALID = """(SELECT x.indisvalid FROM pg_index x
    WHERE x.indexrelid = to_regclass('"{name}"'))"""
_BUILD = """CREATE INDEX CONCURRENTLY "{name}" ON vectors
    USING hnsw ((vector::halfvec({dim})) halfvec_ip_ops) WITH (ef_construction = {ef})
    WHERE findable AND modality = '{modality}'{full}"""


def index_name(modality: Modality, *, regions: bool) -> str:
    """Return the name of an index, within the schema of its collection."""
    return f"{modality}_regions_hnsw" if regions else f"{modality}_hnsw"


def serves(modality: Modality, least: int, *, regions: bool) -> str:
    """Return SQL that tells whether there is an index of at least so many vectors."""
    return _SERVES.format(name=index_name(modality, regions=regions), least=int(least))


def is_valid(modality: Modality, *, regions: bool) -> str:
    """Return SQL that tells whether an index can be used: true, false, or null without one."""
    return _IS_VALID.format(name=index_name(modality, regions=regions))


def index_state(
    connection: Connection[Any], modality: Modality, *, regions: bool
) -> IndexState | None:
    """Describe an index; None if there is none, or if it was left incomplete."""
    name = index_name(modality, regions=regions)
    row = connection.execute(_STATE, (f'"{name}"',)).fetchone()
    return None if row is None else IndexState("hnsw, half precision", row[0], 0, row[1])


def build_index(
    connection: Connection[Any], modality: Modality, dim: int, count: int, *, regions: bool
) -> None:
    """Build an index of `count` vectors beside the work of others, outside of a transaction."""
    drop_index(connection, modality, regions=regions)
    memory = min(_MOST_MEMORY, 64 + count * (2 * dim + _NEIGHBOURS) // 1_000_000)
    connection.execute(f"SET maintenance_work_mem = '{memory}MB'")
    try:
        connection.execute(
            _BUILD.format(
                name=index_name(modality, regions=regions),
                dim=int(dim),
                ef=EF_CONSTRUCTION,
                modality=modality,
                full="" if regions else " AND box = ''",
            )
        )
    finally:
        connection.execute("RESET maintenance_work_mem")
    connection.execute("VACUUM (ANALYZE) vectors")


def drop_index(connection: Connection[Any], modality: Modality, *, regions: bool) -> None:
    """Remove an index, complete or not, outside of a transaction."""
    name = index_name(modality, regions=regions)
    connection.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{name}"')
