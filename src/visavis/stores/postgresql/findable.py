"""Keeps beside each vector whether its item can be found: whether a source is not missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection

_CHANGE = """UPDATE vectors v SET findable = NOT v.findable WHERE {chosen} AND v.findable != EXISTS (
    SELECT 1 FROM sources s WHERE s.item = v.item AND NOT s.missing)"""


def items_of(connection: Connection[Any], sources: Iterable[str]) -> set[int]:
    """Return the rows of the items that sources hold."""
    rows = connection.execute("SELECT item FROM sources WHERE source = ANY(%s)", (list(sources),))
    return {row for (row,) in rows}


def note_findable(connection: Connection[Any], items: set[int] | None = None) -> None:
    """Note which items can be found: those of these rows, or all."""
    if items is None:
        connection.execute(_CHANGE.format(chosen="TRUE"))
    elif items:
        connection.execute(_CHANGE.format(chosen="v.item = ANY(%s)"), (list(items),))
