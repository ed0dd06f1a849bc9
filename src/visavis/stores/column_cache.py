"""Columns of metadata of a collection in SQLite, in memory and in files that may be deleted.

After a change only the items that it concerns are read: the rest is that of an earlier state.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from visavis.stores.history import changed_rows, state_of
from visavis.stores.matrix import read_tag
from visavis.stores.metadata_columns import (
    Column,
    count_findable,
    existing_rows,
    load_column,
    read_columns,
    save_column,
)

_HELD = 32
"""Columns that are held in memory."""
_FEW, _MANY = 1000, 20
"""So many items, or one in so many, may have changed before a column is read anew."""
_TAG = "visavis column 2 "


class ColumnCache:
    """The columns that belong to the present state of a database; safe for threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._held: OrderedDict[str, tuple[str, Column]] = OrderedDict()

    def columns(self, database: sqlite3.Connection, keys: Sequence[str]) -> dict[str, Column]:
        """Return the columns of these keys; their rows are those of the same sources."""
        state = state_of(database)
        with self._lock:
            found = {key: column for key in keys if (column := self._current(key, state))}
            for key in keys:
                if key not in found and (column := self._patched(database, key)):
                    found[key] = self._kept(key, state, column)
            lacking = [key for key in keys if key not in found]
            for key, column in read_columns(database, lacking).items():
                found[key] = self._kept(key, state, column)
            return found

    def _current(self, key: str, state: str) -> Column | None:
        held, column = self._held.get(key, ("", None))
        if column is None or held != state:
            column = load_column(self._file(key), _tag(state))
            if column:
                self._hold(key, state, column)
        return column

    def _patched(self, database: sqlite3.Connection, key: str) -> Column | None:
        """Return a column of an earlier state with what has changed since; None if that is much."""
        earlier, column = self._earlier(key)
        if column is None:
            return None
        rows = changed_rows(database, earlier, max(_FEW, len(column.items) // _MANY))
        if rows is None or column.is_mostly_waste:
            return None
        new = read_columns(database, [key], rows)[key]
        kept = np.ones(1 + max([column.items.max(initial=0), *rows]), np.bool_)
        kept[rows] = False
        patched = column.patched(kept, new)
        if len(patched.items) != count_findable(database):  # some items are gone
            patched = column.patched(kept & existing_rows(database, len(kept)), new)
        return patched

    def _earlier(self, key: str) -> tuple[str, Column | None]:
        """Return the column of any state, and that state."""
        if key in self._held:
            return self._held[key]
        tag = read_tag(self._file(key)) or b""
        state = tag.decode(errors="replace").removeprefix(_TAG)
        return state, load_column(self._file(key), _tag(state))

    def _kept(self, key: str, state: str, column: Column) -> Column:
        if column.kinds.any():  # anyone may ask for keys that no item has
            save_column(self._file(key), _tag(state), column)
            self._hold(key, state, column)
        return column

    def _hold(self, key: str, state: str, column: Column) -> None:
        self._held[key] = state, column
        self._held.move_to_end(key)
        while len(self._held) > _HELD:
            self._held.popitem(last=False)

    def _file(self, key: str) -> Path:
        return self._folder / f"{sha256(key.encode()).hexdigest()[:16]}.column"


def _tag(state: str) -> bytes:
    return f"{_TAG}{state}".encode()
