"""When each item of a collection in SQLite came and was changed, and which ones are gone.

Triggers note it, so that no program that writes can leave it out. A change belongs to the
generation that the collection has after it. Each generation has a random mark: in a restored copy
of the database, which goes on from an earlier one, the same number has another mark.
"""

from __future__ import annotations

import sqlite3

from visavis.stores.columns import damaged
from visavis.stores.following import KEPT

_MARK = 8
"""Length of a mark: it is the beginning of the database's state."""
_NEXT = "(SELECT value + 1 FROM meta WHERE key = 'generation')"
_SOURCE = f"""UPDATE items SET changed = {_NEXT}, came = CASE WHEN EXISTS (
        SELECT 1 FROM sources s WHERE s.item = items.row AND NOT s.missing)
    THEN came ELSE {_NEXT} END
    WHERE row IN (new.item, (SELECT item FROM sources WHERE source = new.source))
    AND changed < {_NEXT}"""
"""Before a source is written: its item, and the one it held until now, if that is another."""

_STATEMENTS = (
    """CREATE TABLE removed (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    generation INTEGER NOT NULL)""",
    "CREATE INDEX removed_by_generation ON removed (generation, number)",
    "CREATE TABLE generations (number INTEGER PRIMARY KEY, mark TEXT NOT NULL)",
    "CREATE INDEX items_by_change ON items (changed, row)",
    f"""CREATE TRIGGER item_added AFTER INSERT ON items BEGIN
    UPDATE items SET came = {_NEXT}, changed = {_NEXT} WHERE row = new.row;
    DELETE FROM removed WHERE id = new.id;
    END""",
    f"""CREATE TRIGGER item_removed AFTER DELETE ON items BEGIN
    INSERT OR REPLACE INTO removed (id, generation) VALUES (old.id, {_NEXT});
    END""",
    f"CREATE TRIGGER source_added BEFORE INSERT ON sources BEGIN {_SOURCE}; END",
    f"CREATE TRIGGER source_changed BEFORE UPDATE ON sources BEGIN {_SOURCE}; END",
    f"""CREATE TRIGGER source_removed AFTER DELETE ON sources BEGIN
    UPDATE items SET changed = {_NEXT} WHERE row = old.item AND changed < {_NEXT};
    END""",
)


def keep_history(connection: sqlite3.Connection) -> None:
    """Begin to keep the history of a collection; items that are there have come before it."""
    for statement in _STATEMENTS:
        connection.execute(statement)


def state_of(connection: sqlite3.Connection) -> str:
    """Return the state of the database in this transaction; raises DamagedError."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'state'").fetchone()
    if row is None:
        raise damaged("its table `meta` lacks the state")
    return str(row[0])


def changed_rows(connection: sqlite3.Connection, state: str, most: int) -> list[int] | None:
    """Return the rows of items that came or were changed since a state of the database.

    None if that is not known, or if there are more than `most`.
    """
    table = "SELECT 1 FROM sqlite_master WHERE name = 'generations'"
    if connection.execute(table).fetchone() is None:
        return None
    # Most readers ask for one of the last generations.
    since = connection.execute(
        "SELECT number FROM generations WHERE mark = ? ORDER BY number DESC LIMIT 1",
        (state[:_MARK],),
    ).fetchone()
    if since is None:
        return None
    rows = connection.execute(
        "SELECT row FROM items WHERE changed > ? LIMIT ?", (*since, most + 1)
    ).fetchall()
    return [row for (row,) in rows] if len(rows) <= most else None


def note_generation(connection: sqlite3.Connection) -> None:
    """Note the present generation and its mark; forget what is older than `KEPT`."""
    connection.execute(
        """INSERT OR REPLACE INTO generations SELECT g.value, substr(s.value, 1, ?)
        FROM meta g JOIN meta s WHERE g.key = 'generation' AND s.key = 'state'""",
        (_MARK,),
    )
    connection.execute(
        "DELETE FROM generations WHERE number <= (SELECT max(number) FROM generations) - ?",
        (KEPT,),
    )
    connection.execute(
        "DELETE FROM removed WHERE generation < (SELECT min(number) FROM generations)"
    )
