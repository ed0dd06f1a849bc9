"""Writes records and marks into the tables of a collection in SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from visavis.errors import CollectionError
from visavis.stores.abilities import Change
from visavis.stores.columns import read_marks, write_marks
from visavis.stores.packing import pack
from visavis.stores.records import Record
from visavis.types import Metadata

_NOW = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
_PUT_ITEM = f"""INSERT INTO items (id, modality, text, added)
    VALUES (?, ?, ?, coalesce(?, {_NOW}))
    ON CONFLICT DO UPDATE SET modality = excluded.modality, text = excluded.text"""
_PUT_MARKS = "UPDATE items SET marks = ? WHERE id = ?"
_PUT_VECTOR = """INSERT OR REPLACE INTO vectors (item, vector)
    SELECT row, ? FROM items WHERE id = ?"""
_DROP_REGIONS = """DELETE FROM vectors
    WHERE box != '' AND item = (SELECT row FROM items WHERE id = ?)"""
_PUT_REGION = """INSERT OR REPLACE INTO vectors (item, box, vector)
    SELECT row, ?, ? FROM items WHERE id = ?"""
_PUT_SOURCE = """INSERT OR REPLACE INTO sources (source, item, metadata, size, mtime_ns, reading)
    SELECT ?, row, CASE WHEN marks IS NULL THEN ?2 ELSE json_patch(?2, marks) END, ?, ?, ?
    FROM items WHERE id = ?"""


def put(database: sqlite3.Connection, record: Record) -> None:
    """Write an item and its source; raises CollectionError for a new one without a vector."""
    item, stamp = record.item, record.stamp
    if record.vector is not None:
        database.execute(_PUT_ITEM, (item.id, item.modality, item.text, record.added))
        database.execute(_PUT_VECTOR, (pack(record.vector), item.id))
    if record.regions:
        database.execute(_DROP_REGIONS, (item.id,))
        database.executemany(
            _PUT_REGION, [(str(each.box), pack(each.vector), item.id) for each in record.regions]
        )
    metadata = json.dumps(dict(item.metadata), ensure_ascii=False)
    stamped = (stamp.size, stamp.mtime_ns, stamp.reading) if stamp else (None, None, 0)
    if record.marks is not None:
        database.execute(_PUT_MARKS, (write_marks(record.marks), item.id))
    known = database.execute(_PUT_SOURCE, (item.source, metadata, *stamped, item.id))
    if not known.rowcount:
        raise CollectionError(f"{item.source}: item {item.id} is new and has no vector")


def mark(database: sqlite3.Connection, ids: Sequence[str], change: Change) -> int:
    """Replace the marks of items by what `change` returns; return how many were changed."""
    changed = 0
    rows = database.execute(
        "SELECT row, id, marks FROM items WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    ).fetchall()
    for row, name, stored in rows:
        marks = read_marks(stored) or {}
        new = change(name, marks)
        if new != marks:
            changed += 1
            _replace_marks(database, row, marks, new)
    return changed


def _replace_marks(database: sqlite3.Connection, row: int, marks: Metadata, new: Metadata) -> None:
    patch = json.dumps(dict.fromkeys(marks) | dict(new), ensure_ascii=False)
    database.execute("UPDATE items SET marks = ? WHERE row = ?", (write_marks(new), row))
    database.execute(
        "UPDATE sources SET metadata = json_patch(metadata, ?) WHERE item = ?", (patch, row)
    )
