"""Lists of items in order in SQLite, by indexes of the values they are ordered by."""

from __future__ import annotations

import json
import sqlite3

import numpy as np
from numpy.typing import NDArray

from visavis.stores.columns import read_item
from visavis.stores.filter_sql import compile_filter
from visavis.stores.keyset import stretches
from visavis.stores.records import Listed, Order, OrderKey, Place
from visavis.types import Filter, Modality

TAKEN = """CASE WHEN json_valid(metadata)
    AND json_extract(metadata, '$.taken') GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]*'
    THEN json_extract(metadata, '$.taken') END"""
"""The date of a source; an index of the table has the same expression."""

_FEW = 2000
"""Items that are sorted rather than met on a walk along an index."""

# The table that comes first is gone through: by the index of the order, or the few items.
_TABLES = {
    "taken": "sources o CROSS JOIN items i ON i.row = o.item",
    "few": """json_each(?) few CROSS JOIN items i ON i.row = few.value
        CROSS JOIN sources o ON o.item = i.row""",
}
_BY_ITEM = "items i CROSS JOIN sources o ON o.item = i.row"
# Within, `s` are all sources of the item, so that a filter chooses the first one that meets it.
_CHOSEN = """NOT o.missing AND ? IN ('', i.modality) AND o.source = (
    SELECT min(s.source) FROM sources s WHERE s.item = i.row AND NOT s.missing{clause})"""


class Listing:
    """The items of a modality that meet a filter, listed by the value of a key.

    `accepted` is a mask of the rows of the items that meet the filter, if there is one.
    """

    def __init__(
        self,
        key: OrderKey,
        added: str,
        modality: Modality | None,
        where: Filter,
        accepted: NDArray[np.bool_] | None,
    ) -> None:
        taken = TAKEN.replace("metadata", "o.metadata")
        self._value = {"id": "i.id", "taken": taken, "added": added}[key]
        self._row = "o.item" if key == "taken" else "i.row"
        clause, parameters = compile_filter(where)
        chosen = _CHOSEN.format(clause=clause)
        tables, rows = _TABLES.get(key, _BY_ITEM), []
        self._accepted = None if accepted is None else accepted.tobytes()
        if accepted is not None and np.count_nonzero(accepted) <= _FEW:
            tables, self._row = _TABLES["few"], "i.row"
            rows = [json.dumps(np.flatnonzero(accepted).tolist())]
        elif accepted is not None:
            chosen = f"is_accepted({self._row}) AND {chosen}"
        self._from = f"FROM {tables} WHERE {chosen}"
        self._parameters: list[str | float] = [*rows, modality or "", *parameters]

    def page(
        self, database: sqlite3.Connection, order: Order, after: Place | None, limit: int
    ) -> list[Listed]:
        """Return the next items after a place."""
        if self._accepted is not None:
            database.create_function("is_accepted", 1, self._is_accepted)
        found: list[Listed] = []
        for condition, parameters, by in stretches(
            self._value, self._row, order, after, parameter="?"
        ):
            rows = database.execute(
                f"""SELECT {self._row}, {self._value}, i.id, i.modality, i.text, o.source,
                o.metadata {self._from} AND {condition} ORDER BY {by} LIMIT ?""",
                (*self._parameters, *parameters, limit - len(found)),
            )
            found += [Listed(read_item(*item), Place(value, row)) for row, value, *item in rows]
            if len(found) == limit:
                break
        return found

    def _is_accepted(self, row: int) -> int:
        accepted = self._accepted or b""
        return row < len(accepted) and accepted[row]
