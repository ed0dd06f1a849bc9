"""Statements that rank the vectors of a collection in PostgreSQL: all, or an index's candidates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from visavis.stores.postgresql.connection import EF_SEARCH
from visavis.stores.postgresql.filter_sql import compile_filter
from visavis.stores.postgresql.hnsw import is_valid
from visavis.stores.records import Ranking

MOST = 200
"""Results up to which an index is asked; more are found by comparing all vectors."""
_TIES = 20
"""Candidates for each result where more of the same score may be outside."""
_MOST_EF = 1000  # of pgvector
_VECTORS_OF_ITEM = 18
"""Vectors of an image with regions, its full image included."""

_MEETS = """ AND EXISTS (SELECT 1 FROM sources s JOIN items i ON i.row = s.item
    WHERE s.item = v.item AND NOT s.missing{clause}{apart})"""
_APART = " OFFSET 0"
"""Asks for each candidate by itself: as a join, all items would be filtered before the index."""
_RANKED = "vectors v WHERE v.findable AND v.modality = '{modality}'{full}{meets}"
_NEAR = """(SELECT v.item, v.box, v.id, v.vector FROM {ranked}
    ORDER BY v.vector::halfvec({dim}) <#> %(query)s::halfvec({dim}) LIMIT {wanted}) v"""
_SCORE = "round(-(v.vector <#> %(query)s) * 1e6) / 1e6 AS score"
_SCORED = {
    False: f"SELECT {_SCORE}, v.item, v.box, v.id FROM {{vectors}}",
    # Of equal ones the first by name is the full image, whose box is empty.
    True: f"""SELECT DISTINCT ON (v.item) {_SCORE}, v.item, v.box, v.id FROM {{vectors}}
        ORDER BY v.item, score DESC, v.box""",
}
"""Scores of items, by whether regions are looked at."""

# Ties are broken outside of the candidates' LIMIT: no index knows of ids.
_SEARCH = """WITH scored AS MATERIALIZED ({scored}), best AS (
        SELECT * FROM scored ORDER BY score DESC, id LIMIT {k}
    )
    SELECT (SELECT value FROM meta WHERE key = 'model_id'), {serves},
        (SELECT min(score) FROM scored),
        b.id, b.score, i.modality, f.source, i.text, b.box, f.metadata
    FROM best b JOIN items i ON i.row = b.item CROSS JOIN LATERAL (
        SELECT s.source, s.metadata FROM sources s
        WHERE s.item = i.row AND NOT s.missing{clause} ORDER BY s.source LIMIT 1
    ) f ORDER BY b.score DESC, b.id"""

_SETTINGS = """SELECT set_config('hnsw.ef_search', '{ef}', TRUE),
    set_config('hnsw.iterative_scan', 'relaxed_order', TRUE),
    set_config('enable_sort', 'off', TRUE)"""
"""Of what may need more candidates than the index looks at first: to be ready for that takes time.
Without sorting, the planner takes the index also where it misjudges a filter."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement, with the values of its filter and the settings that it needs."""

    sql: str
    values: dict[str, Any]
    settings: str = ""

    @property
    def prepare(self) -> bool:
        """Whether its plan may be kept: it depends on no values, nor on settings."""
        return not self.settings and not self.values


class PostgreSQLRanking(Ranking):
    """What one search ranks, as statements that ask for the value of `query` (dim,) as well."""

    __slots__ = ()

    def exactly(self) -> Statement:
        """Return the statement that compares all vectors."""
        clause, values = self._filter()
        return Statement(self._search(self._ranked(clause), "FALSE", clause), values)

    def by_index(self, dim: int, *, ties: bool = False) -> Statement:
        """Return the statement that compares the candidates of an index, more of them for `ties`.

        Half precision moves candidates by a few ranks, so few more than results are enough. Its
        second column tells whether the index is still there.
        """
        clause, values = self._filter()
        items = _TIES * self.k if ties else self.k + self.k // 8 + 3
        wanted = items * (_VECTORS_OF_ITEM if self.regions else 1)
        near = _NEAR.format(ranked=self._ranked(clause, _APART), dim=dim, wanted=wanted)
        sql = self._search(near, is_valid(self.modality, regions=self.regions), clause)
        ef = min(max(EF_SEARCH, wanted), _MOST_EF)
        settings = _SETTINGS.format(ef=ef) if self.where or ef > EF_SEARCH else ""
        return Statement(sql, values, settings)

    def _filter(self) -> tuple[str, dict[str, Any]]:
        """Return the filter as SQL and its values, which are used twice."""
        clause, parameters = compile_filter(self.where)
        names = [f"v{number}" for number in range(len(parameters))]
        left = iter(names)
        named = re.sub("%s", lambda _: f"%({next(left)})s", clause)
        return named, dict(zip(names, parameters, strict=True))

    def _ranked(self, clause: str, apart: str = "") -> str:
        meets = _MEETS.format(clause=clause, apart=apart) if self.where else ""
        full = "" if self.regions else " AND v.box = ''"
        return _RANKED.format(modality=self.modality, full=full, meets=meets)

    def _search(self, vectors: str, served: str, clause: str) -> str:
        scored = _SCORED[self.regions].format(vectors=vectors)
        return _SEARCH.format(scored=scored, clause=clause, k=self.k, serves=served)
