"""A log of changed vectors in SQLite, by which an approximate index knows what it lacks.

It is kept by triggers, so that no program that writes vectors can leave it out, and begins when
the first index is built. Each entry has a random mark: in a restored copy of the database, which
goes on from an earlier entry, the same number has another one.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_TABLE = """CREATE TABLE changes (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    item INTEGER NOT NULL,
    mark INTEGER NOT NULL DEFAULT (random()))"""
_EVENTS = {"insert": "new", "update": "new", "delete": "old"}
_TRIGGER = """CREATE TRIGGER changes_{event} AFTER {event} ON vectors WHEN {row}.box = ''
    BEGIN INSERT INTO changes (item) VALUES ({row}.item); END"""
_NOTHING = 0
"""Row of no item: an entry that only marks a position."""


@dataclass(frozen=True, slots=True)
class Position:
    """An entry of the log: an index holds what was changed up to it."""

    number: int
    mark: int


def note_position(database: sqlite3.Connection) -> Position:
    """Add an entry that marks the present state; begin the log if it is not kept."""
    if not _is_kept(database):
        database.execute("DROP TABLE IF EXISTS changes")
        database.execute(_TABLE)
        for event, row in _EVENTS.items():
            database.execute(f"DROP TRIGGER IF EXISTS changes_{event}")
            database.execute(_TRIGGER.format(event=event, row=row))
    found = database.execute(
        "INSERT INTO changes (item) VALUES (?) RETURNING number, mark", (_NOTHING,)
    ).fetchone()
    return Position(*found)


def changed_since(database: sqlite3.Connection, position: Position) -> NDArray[np.int64] | None:
    """Return the rows of items whose vectors came, changed or went since, sorted.

    None if the log does not tell: it is not kept any more, or of another database.
    """
    if not _is_kept(database):
        return None
    number, mark = position.number, position.mark
    if database.execute("SELECT mark FROM changes WHERE number = ?", (number,)).fetchone() != (
        mark,
    ):
        return None
    rows = database.execute("SELECT DISTINCT item FROM changes WHERE number > ?", (number,))
    return np.unique(np.fromiter((row for (row,) in rows), np.int64))


def forget_before(database: sqlite3.Connection, positions: list[Position]) -> None:
    """Remove the entries before the first of these positions, which no index needs any more."""
    if positions:
        first = min(position.number for position in positions)
        database.execute("DELETE FROM changes WHERE number < ?", (first,))


def _is_kept(database: sqlite3.Connection) -> bool:
    (count,) = database.execute(
        """SELECT count(*) FROM sqlite_master WHERE tbl_name = 'vectors' AND type = 'trigger'
        AND name LIKE 'changes\\_%' ESCAPE '\\'"""
    ).fetchone()
    return bool(count == len(_EVENTS))
