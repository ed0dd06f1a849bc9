"""Ranks the items of a collection in SQLite, by an approximate index or all of them."""

from __future__ import annotations

import sqlite3

import numpy as np

from visavis.stores.approximate import Approximate
from visavis.stores.derived import Derived
from visavis.stores.hits import read_hits
from visavis.stores.matrix import Match, Matrix
from visavis.stores.metadata_columns import accepted_items, keys_of
from visavis.stores.records import Ranking
from visavis.types import Condition, Hits, Vectors

MOST = 200
"""Results up to which an index is asked; more are found by comparing all vectors."""
_FEW = 50_000
"""Vectors that are read by themselves, where a matrix of all would have to be."""


class Ranker:
    """Ranks by the indexes and matrices that are derived from a database."""

    def __init__(self, derived: Derived, approximate: Approximate) -> None:
        self._derived, self._approximate = derived, approximate

    def exactly(
        self, database: sqlite3.Connection, queries: Vectors, ranking: Ranking
    ) -> list[Hits]:
        """Compare all vectors that meet the filter."""
        best = self._compare(database, queries, ranking)
        return read_hits(database, best, ranking.k, ranking.where)

    def nearly(
        self, database: sqlite3.Connection, queries: Vectors, ranking: Ranking
    ) -> list[Hits]:
        """Ask the index for each query, and compare all for those that it leaves open."""
        k, modality, where = ranking.k, ranking.modality, ranking.where
        found = [self._approximate.search(database, each, k, modality, where) for each in queries]
        left = [number for number, matches in enumerate(found) if matches is None]
        best = [matches or [] for matches in found]
        if left:
            compared = self._compare(database, queries[left], ranking)
            for number, matches in zip(left, compared, strict=True):
                best[number] = matches
        hits = read_hits(database, best, k, where)
        return [Hits(each, exact=number in left) for number, each in enumerate(hits)]

    def _compare(
        self, database: sqlite3.Connection, queries: Vectors, ranking: Ranking
    ) -> list[list[Match]]:
        modality, where, regions = ranking.modality, ranking.where, ranking.regions
        if not where:
            layers = self._derived.layers(database, modality, regions=regions)
            return _nearest(layers, queries, ranking.k)
        where = (*where, Condition("modality", "=", modality))
        accepted = accepted_items(where, self._derived.columns(database, keys_of(where)))
        if self._are_read_alone(database, ranking, int(np.count_nonzero(accepted))):
            layers = [self._derived.of_rows(database, np.flatnonzero(accepted))]
        else:
            held = self._derived.layers(database, modality, regions=regions)
            layers = [each.select(accepted) for each in held]
        return _nearest(layers, queries, ranking.k)

    def _are_read_alone(self, database: sqlite3.Connection, ranking: Ranking, count: int) -> bool:
        """Tell whether to read some vectors only: with an index, there may be no matrix of all."""
        if count > _FEW or ranking.regions:
            return False
        return self._approximate.size(database, ranking.modality) is not None


def _nearest(layers: list[Matrix], queries: Vectors, k: int) -> list[list[Match]]:
    """Return for each query the k best of each layer: among them are the k best of all."""
    found = [layer.nearest(queries, k) for layer in layers]
    return [[match for matches in each for match in matches] for each in zip(*found, strict=True)]
