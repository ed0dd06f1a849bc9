"""Ranks the vectors of a collection in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visavis.stores.columns import read_box
from visavis.stores.postgresql.filter_sql import compile_filter
from visavis.types import Filter, Hit, Modality, Vectors

if TYPE_CHECKING:
    from psycopg import Connection

_SCORE = "round(-(v.vector <#> %s) * 1e6) / 1e6"
_MEETS = """ AND EXISTS (SELECT 1 FROM sources s JOIN items i ON i.row = s.item
    WHERE s.item = v.item AND NOT s.missing{clause})"""
_SCORED = {
    False: f"""SELECT {_SCORE} AS score, v.item, v.box, v.id FROM vectors v
        WHERE v.findable AND v.modality = %s AND v.box = ''{{meets}}""",
    # Of equal ones the first by name is the full image, whose box is empty.
    True: f"""SELECT DISTINCT ON (v.item) {_SCORE} AS score, v.item, v.box, v.id FROM vectors v
        WHERE v.findable AND v.modality = %s{{meets}} ORDER BY v.item, score DESC, v.box""",
}
"""Scores of items, by whether regions are looked at."""

_SEARCH = """WITH scored AS ({scored}), best AS (
        SELECT * FROM scored ORDER BY score DESC, id LIMIT %s
    )
    SELECT b.id, b.score, i.modality, f.source, i.text, b.box, f.metadata
    FROM best b JOIN items i ON i.row = b.item CROSS JOIN LATERAL (
        SELECT s.source, s.metadata FROM sources s
        WHERE s.item = i.row AND NOT s.missing{clause} ORDER BY s.source LIMIT 1
    ) f ORDER BY b.score DESC, b.id"""


def rank(
    connection: Connection[Any],
    query: Vectors,
    k: int,
    modality: Modality,
    where: Filter,
    *,
    regions: bool,
) -> list[Hit]:
    """Compare all vectors of a modality with a query (dim,), and return the k best, best first."""
    clause, parameters = compile_filter(where)
    scored = _SCORED[regions].format(meets=_MEETS.format(clause=clause) if where else "")
    values = [query, modality, *parameters, k, *parameters]
    rows = connection.execute(_SEARCH.format(scored=scored, clause=clause), values)
    return [_hit(*row) for row in rows]


def _hit(name: str, score: float, modality: Modality, source: str, *rest: Any) -> Hit:
    text, box, metadata = rest
    return Hit(name, score, modality, source, text, read_box(box), metadata)
