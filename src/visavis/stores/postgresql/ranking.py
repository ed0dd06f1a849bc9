"""Ranks the vectors of a collection in PostgreSQL, all of them or the candidates of an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visavis.stores.columns import read_box
from visavis.stores.postgresql.filter_sql import compile_filter
from visavis.stores.records import Ranking
from visavis.types import Hit, Hits, Modality, Vectors

if TYPE_CHECKING:
    from psycopg import Connection

EF_SEARCH = 200
"""Candidates that an index looks at, at least."""
MOST = 200
"""Results up to which an index is asked; more are found by comparing all vectors."""
_MOST_EF = 1000  # of pgvector
_CANDIDATES = 2
_CANDIDATES_OF_TIES = 20
_VECTORS_OF_ITEM = 18
"""Vectors of an image with regions, its full image included."""

_MEETS = """ AND EXISTS (SELECT 1 FROM sources s JOIN items i ON i.row = s.item
    WHERE s.item = v.item AND NOT s.missing{clause}{apart})"""
_APART = " OFFSET 0"
"""Asks for each candidate by itself: as a join, all items would be filtered before the index."""
_RANKED = "vectors v WHERE v.findable AND v.modality = '{modality}'{full}{meets}"
_NEAR = """(SELECT v.item, v.box, v.id, v.vector FROM {ranked}
    ORDER BY v.vector::halfvec({dim}) <#> %s::halfvec({dim}) LIMIT %s) v"""
_SCORE = "round(-(v.vector <#> %s) * 1e6) / 1e6 AS score"
_SCORED = {
    False: f"SELECT {_SCORE}, v.item, v.box, v.id FROM {{vectors}}",
    # Of equal ones the first by name is the full image, whose box is empty.
    True: f"""SELECT DISTINCT ON (v.item) {_SCORE}, v.item, v.box, v.id FROM {{vectors}}
        ORDER BY v.item, score DESC, v.box""",
}
"""Scores of items, by whether regions are looked at."""

# Ties are broken outside of the candidates' LIMIT: no index knows of ids.
_SEARCH = """WITH scored AS MATERIALIZED ({scored}), best AS (
        SELECT * FROM scored ORDER BY score DESC, id LIMIT %s
    )
    SELECT b.id, b.score, i.modality, f.source, i.text, b.box, f.metadata,
        (SELECT min(score) FROM scored)
    FROM best b JOIN items i ON i.row = b.item CROSS JOIN LATERAL (
        SELECT s.source, s.metadata FROM sources s
        WHERE s.item = i.row AND NOT s.missing{clause} ORDER BY s.source LIMIT 1
    ) f ORDER BY b.score DESC, b.id"""

_SETTINGS = """SELECT set_config('hnsw.ef_search', %s, TRUE),
    set_config('hnsw.iterative_scan', 'relaxed_order', TRUE),
    set_config('enable_sort', 'off', TRUE)"""
"""Without sorting, the planner takes the index also where it misjudges a filter."""


class PostgreSQLRanking(Ranking):
    """What one search ranks, and how: one query at a time."""

    __slots__ = ()

    def exactly(self, connection: Connection[Any], query: Vectors) -> Hits:
        """Compare all vectors with a query (dim,)."""
        ranked, parameters = self._ranked("")
        hits, _ = self._search(connection, ranked, [query, *parameters])
        return Hits(hits)

    def by_index(self, connection: Connection[Any], query: Vectors) -> Hits:
        """Compare the candidates of an index, or all vectors if the filter leaves too few."""
        hits, worst = self._near(connection, query, _CANDIDATES * self.k)
        if len(hits) == self.k and hits[-1].score == worst:  # more of the same may be outside
            hits, _ = self._near(connection, query, _CANDIDATES_OF_TIES * self.k)
        if len(hits) == self.k:
            return Hits(hits, exact=False)
        connection.execute("SET LOCAL enable_sort TO on")
        return self.exactly(connection, query)

    def _near(
        self, connection: Connection[Any], query: Vectors, candidates: int
    ) -> tuple[list[Hit], float]:
        """Return the best of the candidates, and the score of the worst candidate."""
        ranked, parameters = self._ranked(_APART)
        wanted = candidates * (_VECTORS_OF_ITEM if self.regions else 1)
        connection.execute(_SETTINGS, (str(min(max(EF_SEARCH, wanted), _MOST_EF)),))
        near = _NEAR.format(ranked=ranked, dim=len(query))
        return self._search(connection, near, [query, *parameters, query, wanted])

    def _ranked(self, apart: str) -> tuple[str, list[str | float]]:
        clause, parameters = compile_filter(self.where)
        meets = _MEETS.format(clause=clause, apart=apart) if self.where else ""
        full = "" if self.regions else " AND v.box = ''"
        return _RANKED.format(modality=self.modality, full=full, meets=meets), parameters

    def _search(
        self, connection: Connection[Any], vectors: str, values: list[Any]
    ) -> tuple[list[Hit], float]:
        clause, parameters = compile_filter(self.where)
        sql = _SEARCH.format(scored=_SCORED[self.regions].format(vectors=vectors), clause=clause)
        rows = connection.execute(sql, [*values, self.k, *parameters]).fetchall()
        return [_hit(*row[:-1]) for row in rows], rows[0][-1] if rows else 0.0


def _hit(name: str, score: float, modality: Modality, source: str, *rest: Any) -> Hit:
    text, box, metadata = rest
    return Hit(name, score, modality, source, text, read_box(box), metadata)
