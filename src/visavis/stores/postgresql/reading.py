"""Reads items, sources and vectors from the tables of a collection in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, get_args

from visavis.stores.columns import join_records, read_stamp, read_state
from visavis.stores.postgresql.filter_sql import compile_filter
from visavis.stores.records import Record, SourceState
from visavis.types import Filter, Item, Modality, Vectors

if TYPE_CHECKING:
    from psycopg import Connection

_TYPES = {"number": "number", "string": "text", "boolean": "text"}
_FINDABLE = "EXISTS (SELECT 1 FROM sources s WHERE s.item = i.row AND NOT s.missing{clause})"


def read_states(
    connection: Connection[Any], chosen: str, parameters: Sequence[Any]
) -> dict[str, SourceState]:
    """Return the states of sources."""
    sql = f"""SELECT s.source, i.id, s.size, s.mtime_ns, s.missing, s.reading
        FROM sources s JOIN items i ON i.row = s.item WHERE {chosen}"""
    return {source: read_state(*state) for source, *state in connection.execute(sql, parameters)}


def read_records(connection: Connection[Any], sources: Sequence[str]) -> list[Record]:
    """Return the records of sources."""
    chosen = "FROM sources s JOIN items i ON i.row = s.item WHERE s.source = ANY(%s)"
    rows = connection.execute(
        f"""SELECT i.row, i.id, i.modality, s.source, i.text, s.metadata,
        s.size, s.mtime_ns, s.reading, i.added, i.marks {chosen}""",
        (list(sources),),
    ).fetchall()
    vectors = connection.execute(
        f"""SELECT v.item, v.box, v.vector FROM vectors v
        WHERE v.item IN (SELECT s.item {chosen}) ORDER BY v.item, v.box""",
        (list(sources),),
        binary=True,  # as text, each number would be written out and read again
    ).fetchall()
    return join_records(
        ((row[0], Item(*row[1:6]), read_stamp(*row[6:9]), row[9], row[10] or None) for row in rows),
        ((row, box, vector.to_numpy()) for row, box, vector in vectors),
    )


def read_ids(
    connection: Connection[Any], modality: Modality | None, after: str, limit: int
) -> list[str]:
    """Return the next ids of findable items, in the order of their code points."""
    sql = f"""SELECT id FROM items i WHERE id > %s AND modality = ANY(%s)
        AND {_FINDABLE.format(clause="")} ORDER BY id LIMIT %s"""
    rows = connection.execute(sql, (after, modalities(modality), limit))
    return [name for (name,) in rows]


def read_items(connection: Connection[Any], ids: Sequence[str]) -> dict[str, Item]:
    """Return items by id, each at its first source."""
    sql = """SELECT DISTINCT ON (i.id) i.id, i.modality, s.source, i.text, s.metadata
        FROM items i JOIN sources s ON s.item = i.row WHERE i.id = ANY(%s)
        ORDER BY i.id, s.missing, s.source"""
    return {row[0]: Item(*row) for row in connection.execute(sql, (list(ids),))}


def read_vectors(connection: Connection[Any], ids: Sequence[str]) -> dict[str, Vectors]:
    """Return the vectors of full images and texts by id."""
    sql = """SELECT i.id, v.vector FROM vectors v JOIN items i ON i.row = v.item
        WHERE v.box = '' AND i.id = ANY(%s)"""
    rows = connection.execute(sql, (list(ids),), binary=True)
    return {name: vector.to_numpy() for name, vector in rows}


def ids_with_vectors(connection: Connection[Any], ids: Sequence[str], chosen: str) -> set[str]:
    """Return those of the ids whose items have vectors of a sort."""
    sql = f"""SELECT id FROM items i WHERE id = ANY(%s)
        AND EXISTS (SELECT 1 FROM vectors v WHERE v.item = i.row AND {chosen})"""
    return {name for (name,) in connection.execute(sql, (list(ids),))}


def count_items(connection: Connection[Any], modality: Modality | None, where: Filter) -> int:
    """Count the findable items that meet the filter."""
    clause, parameters = compile_filter(where)
    sql = f"""SELECT count(*) FROM items i
        WHERE modality = ANY(%s) AND {_FINDABLE.format(clause=clause)}"""
    return int(one(connection, sql, [modalities(modality), *parameters]))


def count_ranked(connection: Connection[Any], modality: Modality) -> int:
    """Count the items that a search without a filter ranks, without a look at sources."""
    sql = "SELECT count(*) FROM vectors WHERE findable AND box = '' AND modality = %s"
    return int(one(connection, sql, [modality]))


def read_metadata_types(
    connection: Connection[Any], modality: Modality | None
) -> dict[str, set[str]]:
    """Return the keys of the metadata of findable items, each with the types of its values."""
    sql = """SELECT m.key, array_agg(DISTINCT jsonb_typeof(m.value))
        FROM sources s JOIN items i ON i.row = s.item, jsonb_each(s.metadata) m
        WHERE NOT s.missing AND i.modality = ANY(%s) GROUP BY m.key"""
    rows = connection.execute(sql, (modalities(modality),))
    return {key: {_TYPES.get(kind, "other") for kind in kinds} for key, kinds in rows}


def count_all(connection: Connection[Any]) -> tuple[int, int, int, int]:
    """Return how many sources there are, missing ones and regions among them, and the bytes."""
    row = connection.execute(
        """SELECT count(*), count(*) FILTER (WHERE missing),
        (SELECT count(*) FROM vectors WHERE box != ''),
        (SELECT sum(pg_total_relation_size(name::regclass))
            FROM unnest(ARRAY['items', 'sources', 'vectors', 'moments', 'removed',
                'generations']) name)
        FROM sources"""
    ).fetchone()
    assert row is not None
    sources, missing, regions, size = row
    return sources, missing, regions, int(size)


def modalities(modality: Modality | None) -> list[str]:
    """Return the modalities that are meant by one, or by None."""
    return [modality] if modality else list(get_args(Modality))


def one(connection: Connection[Any], sql: str, parameters: Sequence[Any] = ()) -> Any:
    """Return the first column of the first row, or None if there is no row."""
    row = connection.execute(sql, parameters).fetchone()
    return None if row is None else row[0]
