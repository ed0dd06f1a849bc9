"""Searches in PostgreSQL: each is one statement, unless ties or a filter ask for another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from visavis.errors import RejectedError
from visavis.stores.columns import read_box
from visavis.stores.postgresql.hnsw import index_name, serves
from visavis.stores.postgresql.ranking import (
    MOST,
    PostgreSQLRanking,
    Statement,
)
from visavis.stores.sql_store import MODEL
from visavis.types import Hit, Hits, Vectors

if TYPE_CHECKING:
    from visavis.stores.postgresql.connection import Database

_by_index = lru_cache(1000)(PostgreSQLRanking.by_index)
"""The same few sorts of search are asked for again and again."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What a statement has found: hits, and the score of the worst candidate."""

    hits: list[Hit]
    worst: float
    by_index: bool


class Searcher:
    """Searches the vectors of one model; raises what `check_model` does for those of another."""

    def __init__(self, database: Database, check_model: Callable[[str], None]) -> None:
        self._database = database
        self._check_model = check_model
        self._indexes: set[tuple[str, int]] = set()
        """Indexes of at least so many vectors that were there when last looked at: each search
        tells if they still are."""

    def search(self, ranking: PostgreSQLRanking, query: Vectors, least: int | None) -> Hits:
        """Rank by an index of at least `least` vectors, or all vectors if that is None.

        All vectors are compared, too, where there is no index or the filter leaves too few of
        its candidates.
        """
        if least is None or ranking.k > MOST or not self._has_index(ranking, least):
            return self._exactly(ranking, query)
        found = self._ask(_by_index(ranking, len(query)), query)
        if found.hits and not found.by_index:
            self._indexes.discard((_index_of(ranking), least))
            return self._exactly(ranking, query)
        if len(found.hits) == ranking.k and found.hits[-1].score == found.worst:
            # More of the same may be outside.
            found = self._ask(_by_index(ranking, len(query), ties=True), query)
        if len(found.hits) == ranking.k:
            return Hits(found.hits, exact=False)
        return self._exactly(ranking, query)

    def _exactly(self, ranking: PostgreSQLRanking, query: Vectors) -> Hits:
        return Hits(self._ask(ranking.exactly(), query).hits)

    def _has_index(self, ranking: PostgreSQLRanking, least: int) -> bool:
        wanted = _index_of(ranking), least
        if wanted not in self._indexes:
            there = serves(ranking.modality, least, regions=ranking.regions)
            if self._database.ask(f"SELECT 1 WHERE {there}"):
                self._indexes.add(wanted)
        return wanted in self._indexes

    def _ask(self, statement: Statement, query: Vectors) -> _Found:
        try:
            rows = self._database.ask(
                statement.sql,
                {"query": query, **statement.values},
                settings=statement.settings,
                prepare=statement.prepare,
            )
        except RejectedError:  # the vectors of another model may have another length
            self._check_model(self._model())
            raise
        model, by_index, worst = rows[0][:3] if rows else (self._model(), False, 0.0)
        self._check_model(model)
        hits = [
            Hit(name, score, modality, source, text, read_box(box) if box else None, metadata)
            for _, _, _, name, score, modality, source, text, box, metadata in rows
        ]
        return _Found(hits, worst, by_index)

    def _model(self) -> str:
        ((model,),) = self._database.ask(MODEL, prepare=True)
        return str(model)


def _index_of(ranking: PostgreSQLRanking) -> str:
    return index_name(ranking.modality, regions=ranking.regions)
