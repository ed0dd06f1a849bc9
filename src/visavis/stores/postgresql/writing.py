"""Writes records into the tables of a collection in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from visavis.errors import CollectionError
from visavis.stores.abilities import Change
from visavis.stores.postgresql.findable import items_of, note_findable
from visavis.stores.records import Record
from visavis.types import Item, Metadata

if TYPE_CHECKING:
    from psycopg import Connection

BATCH = 500
"""Records that are written at a time."""

_NOW = """to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
_PUT_ITEM = f"""INSERT INTO items (id, modality, text, added)
    VALUES (%s, %s, %s, coalesce(%s, {_NOW}))
    ON CONFLICT (id) DO UPDATE SET modality = excluded.modality, text = excluded.text"""
_PUT_VECTOR = """INSERT INTO vectors (item, box, id, modality, findable, vector)
    SELECT row, %s, id, modality, TRUE, %s FROM items WHERE id = %s
    ON CONFLICT (item, box) DO UPDATE SET modality = excluded.modality, findable = TRUE,
        vector = excluded.vector
    WHERE (vectors.modality, vectors.findable, vectors.vector)
        IS DISTINCT FROM (excluded.modality, TRUE, excluded.vector)"""
_DROP_REGIONS = """DELETE FROM vectors
    WHERE box != '' AND item = (SELECT row FROM items WHERE id = %s)"""
_PUT_SOURCE = """INSERT INTO sources (source, item, metadata, size, mtime_ns, reading)
    SELECT %s, row, %s::jsonb || coalesce(marks, '{}'), %s, %s, %s FROM items WHERE id = %s
    ON CONFLICT (source) DO UPDATE SET item = excluded.item, metadata = excluded.metadata,
        size = excluded.size, mtime_ns = excluded.mtime_ns, reading = excluded.reading,
        missing = FALSE"""


def batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Yield the records, some at a time."""
    iterator = iter(records)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def put(connection: Connection[Any], records: Sequence[Record]) -> None:
    """Write a batch, table by table: each statement then travels once for all records."""
    new = [record for record in records if record.vector is not None]
    names = [record.item.source for record in records]
    before = items_of(connection, names)
    with connection.cursor() as cursor:
        items = [(record.item, record.added) for record in new]
        cursor.executemany(_PUT_ITEM, [(i.id, i.modality, i.text, added) for i, added in items])
        cursor.executemany(_PUT_VECTOR, [("", record.vector, record.item.id) for record in new])
        looked_at = [record for record in records if record.regions]
        cursor.executemany(_DROP_REGIONS, [(record.item.id,) for record in looked_at])
        cursor.executemany(
            _PUT_VECTOR,
            [
                (str(region.box), region.vector, record.item.id)
                for record in looked_at
                for region in record.regions
            ],
        )
        cursor.executemany(
            "UPDATE items SET marks = %s WHERE id = %s",
            [(_json(each.marks), each.item.id) for each in records if each.marks is not None],
        )
        _check_known(connection, [record.item for record in records if record.vector is None])
        sources = []
        for item, stamp in ((record.item, record.stamp) for record in records):
            stamped = (stamp.size, stamp.mtime_ns, stamp.reading) if stamp else (None, None, 0)
            sources.append((item.source, _json(item.metadata), *stamped, item.id))
        cursor.executemany(_PUT_SOURCE, sources)
    note_findable(connection, before | items_of(connection, names))


def mark(connection: Connection[Any], ids: Sequence[str], change: Change) -> int:
    """Replace the marks of items by what `change` returns; return how many were changed."""
    changed = 0
    rows = connection.execute(
        "SELECT row, id, coalesce(marks, '{}') FROM items WHERE id = ANY(%s)", (list(ids),)
    ).fetchall()
    for row, name, marks in rows:
        new = change(name, marks)
        if new != marks:
            changed += 1
            connection.execute("UPDATE items SET marks = %s WHERE row = %s", (_json(new), row))
            connection.execute(
                "UPDATE sources SET metadata = (metadata - %s::text[]) || %s WHERE item = %s",
                (list(marks), _json(new), row),
            )
    return changed


def _json(values: Metadata | None) -> Any:
    from psycopg.types.json import Jsonb

    return Jsonb(dict(values or {}), partial(json.dumps, ensure_ascii=False))


def _check_known(connection: Connection[Any], items: Sequence[Item]) -> None:
    """Raise CollectionError for an item that comes without a vector and has none."""
    ids = [item.id for item in items]
    found = connection.execute("SELECT id FROM items WHERE id = ANY(%s)", (ids,))
    known = {name for (name,) in found}
    for item in items:
        if item.id not in known:
            raise CollectionError(f"{item.source}: item {item.id} is new and has no vector")
