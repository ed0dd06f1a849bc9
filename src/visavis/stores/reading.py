"""Reads items, sources and vectors from the tables of a collection in SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from visavis.stores.columns import (
    damaged,
    join_records,
    read_item,
    read_marks,
    read_stamp,
    read_state,
)
from visavis.stores.filter_sql import compile_filter
from visavis.stores.hits import FINDABLE, FIRST_SOURCE
from visavis.stores.packing import is_sound, unpack
from visavis.stores.records import Record, SourceState
from visavis.types import Filter, Item, Modality, Vectors

_TYPES = {"integer": "number", "real": "number"} | dict.fromkeys(("text", "true", "false"), "text")


def read_states(
    database: sqlite3.Connection, reading: str, chosen: str, parameters: Sequence[str | int]
) -> dict[str, SourceState]:
    """Return the states of sources; `reading` is the column of the number for how they were read.

    Raises DamagedError.
    """
    rows = database.execute(
        f"""SELECT s.source, i.id, s.size, s.mtime_ns, s.missing, {reading}
        FROM sources s JOIN items i ON i.row = s.item WHERE {chosen}""",
        parameters,
    )
    states = {source: read_state(*state) for source, *state in rows}
    if not all(isinstance(source, str) for source in states):
        raise damaged("a source is not a text")
    return states


def read_records(
    database: sqlite3.Connection, columns: Sequence[str], sources: Sequence[str], dim: int
) -> list[Record]:
    """Return the records of sources; `columns` are those of reading, added and marks."""
    rows = database.execute(
        f"""SELECT i.row, i.id, i.modality, i.text, s.source, s.metadata,
        s.size, s.mtime_ns, {", ".join(columns)} FROM sources s JOIN items i ON i.row = s.item
        WHERE s.source IN (SELECT value FROM json_each(?))""",
        (json.dumps(list(sources)),),
    )
    found = [
        (row[0], read_item(*row[1:6]), read_stamp(*row[6:9]), row[9], read_marks(row[10]))
        for row in rows
    ]
    vectors = database.execute(
        """SELECT item, box, vector FROM vectors
        WHERE item IN (SELECT value FROM json_each(?)) ORDER BY item, box""",
        (json.dumps(list({row for row, *_ in found})),),
    ).fetchall()
    unpacked = unpack([blob for *_, blob in vectors], dim)
    keys = ((row, box) for row, box, _ in vectors)
    return join_records(found, ((*key, v) for key, v in zip(keys, unpacked, strict=True)))


def read_ids(
    database: sqlite3.Connection, modality: Modality | None, after: str, limit: int
) -> list[str]:
    """Return the next ids of findable items, in the order of their code points."""
    rows = database.execute(
        """SELECT id FROM items i WHERE id > ? AND ? IN ('', modality)
        AND EXISTS (SELECT 1 FROM sources s WHERE s.item = i.row AND NOT s.missing)
        ORDER BY id LIMIT ?""",
        (after, modality or "", limit),
    )
    return [name for (name,) in rows]


def read_items(database: sqlite3.Connection, ids: Sequence[str]) -> dict[str, Item]:
    """Return items by id, each at its first source."""
    rows = database.execute(
        f"""SELECT {FIRST_SOURCE} FROM items i JOIN sources s ON s.item = i.row
        WHERE i.id IN (SELECT value FROM json_each(?)) GROUP BY i.row""",
        (json.dumps(list(ids)),),
    )
    return {name: read_item(name, *columns) for _, name, *columns, _ in rows}


def read_vectors(database: sqlite3.Connection, ids: Sequence[str], dim: int) -> dict[str, Vectors]:
    """Return the vectors of full images and texts by id; raises DamagedError."""
    found = dict(
        database.execute(
            """SELECT i.id, v.vector FROM vectors v JOIN items i ON i.row = v.item
            WHERE v.box = '' AND i.id IN (SELECT value FROM json_each(?))""",
            (json.dumps(list(ids)),),
        )
    )
    return dict(zip(found, unpack(list(found.values()), dim), strict=True))


def drop_damaged(database: sqlite3.Connection, reading: str, dim: int) -> dict[str, SourceState]:
    """Remove the vectors of items of which one is damaged; return the states of their sources."""
    vectors = database.execute("SELECT item, vector FROM vectors")
    rows = json.dumps(sorted({row for row, blob in vectors if not is_sound(blob, dim)}))
    chosen = "item IN (SELECT value FROM json_each(?))"
    states = read_states(database, reading, f"s.{chosen}", (rows,))
    database.execute(f"DELETE FROM vectors WHERE {chosen}", (rows,))
    return states


def ids_with_vectors(database: sqlite3.Connection, ids: Sequence[str], chosen: str) -> set[str]:
    """Return those of the ids whose items have vectors of a sort."""
    rows = database.execute(
        f"""SELECT id FROM items i WHERE id IN (SELECT value FROM json_each(?))
        AND EXISTS (SELECT 1 FROM vectors v WHERE v.item = i.row AND {chosen})""",
        (json.dumps(list(ids)),),
    )
    return {name for (name,) in rows}


def count_items(database: sqlite3.Connection, modality: Modality | None, where: Filter) -> int:
    """Count the findable items that meet the filter."""
    clause, parameters = compile_filter(where)
    (count,) = database.execute(
        f"SELECT count(DISTINCT s.item) {FINDABLE} AND ? IN ('', i.modality){clause}",
        (modality or "", *parameters),
    ).fetchone()
    return int(count)


def read_metadata_types(
    database: sqlite3.Connection, modality: Modality | None
) -> dict[str, set[str]]:
    """Return the keys of the metadata of findable items, each with the types of its values."""
    types: dict[str, set[str]] = {}
    rows = database.execute(
        """SELECT DISTINCT m.key, m.type
        FROM sources s JOIN items i ON i.row = s.item JOIN json_each(s.metadata) m
        WHERE NOT s.missing AND ? IN ('', i.modality)""",
        (modality or "",),
    )
    for key, kind in rows:
        types.setdefault(key, set()).add(_TYPES.get(kind, "other"))
    return types
