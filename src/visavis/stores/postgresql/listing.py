"""Lists of items in order in PostgreSQL, by indexes of the values they are ordered by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visavis.stores.keyset import stretches
from visavis.stores.postgresql.filter_sql import compile_filter
from visavis.stores.postgresql.schema import TAKEN
from visavis.stores.records import Listed, Order, OrderKey, Place
from visavis.types import Filter, Item

if TYPE_CHECKING:
    from psycopg import Connection

_VALUES = {
    "id": "i.id",
    "taken": TAKEN.replace("metadata", "o.metadata"),
    "added": "i.added",
}
# Within, `s` are all sources of the item, so that a filter chooses the first one that meets it.
_CHOSEN = """NOT o.missing AND i.modality = ANY(%s) AND o.source = (
    SELECT min(s.source) FROM sources s WHERE s.item = i.row AND NOT s.missing{clause})"""


class Listing:
    """The items of some modalities that meet a filter, listed by the value of a key."""

    def __init__(self, key: OrderKey, modalities: list[str], where: Filter) -> None:
        clause, parameters = compile_filter(where)
        self._value, self._row = _VALUES[key], "o.item" if key == "taken" else "i.row"
        tables = "sources o JOIN items i ON i.row = o.item"
        self._from = f"FROM {tables} WHERE {_CHOSEN.format(clause=clause)}"
        self._parameters = [modalities, *parameters]

    def page(
        self, connection: Connection[Any], order: Order, after: Place | None, limit: int
    ) -> list[Listed]:
        """Return the next items after a place."""
        found: list[Listed] = []
        for condition, parameters, by in stretches(
            self._value, self._row, order, after, parameter="%s"
        ):
            rows = connection.execute(
                f"""SELECT {self._row}, {self._value}, i.id, i.modality, o.source, i.text,
                o.metadata {self._from} AND {condition} ORDER BY {by} LIMIT %s""",
                [*self._parameters, *parameters, limit - len(found)],
            )
            found += [Listed(Item(*item), Place(value, row)) for row, value, *item in rows]
            if len(found) == limit:
                break
        return found

    def months(self, connection: Connection[Any]) -> dict[str, int]:
        """Count items by month, those without one last."""
        month = f"coalesce(left({self._value}, 7), '')"
        return dict(
            connection.execute(
                f"""SELECT {month} AS month, count(*) {self._from}
                GROUP BY 1 ORDER BY nullif({month}, '') NULLS LAST""",
                self._parameters,
            ).fetchall()
        )
