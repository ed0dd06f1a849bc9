"""Ranks of the relevant candidates; every metric is a function of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.evaluation.qrels import Indices, Qrels
from visavis.types import Vectors

Scores = NDArray[np.floating]

TIE = 1e-6
"""Scores this close are equal: a float32 dot product varies as much with its summation order."""

BLOCK = 2**24
"""Scores held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Ranks:
    """The ranks, from 1, of all relevant candidates of each query, ascending.

    `queries` (n,) are the queries with relevant candidates; the ranks of `queries[i]` are
    `values[starts[i] : starts[i + 1]]`, out of `candidates[i]`.
    """

    queries: Indices
    starts: Indices
    values: Indices
    candidates: Indices

    @property
    def first(self) -> Indices:
        """Rank of the first relevant candidate: (n,)."""
        return self.values[self.starts[:-1]]

    @property
    def counts(self) -> Indices:
        """Number of relevant candidates: (n,)."""
        return np.diff(self.starts)

    def sum_by_query(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Sum one value for each relevant candidate, (pairs,), by query: (n,)."""
        return np.add.reduceat(np.asarray(values, np.float64), self.starts[:-1])


def rank_scores(scores: Scores, qrels: Qrels) -> Ranks:
    """Rank candidates by scores (queries, candidates), a row for each query of `qrels`.

    An irrelevant candidate whose score equals a relevant one's is ranked before it. A candidate
    with score -inf does not count.
    """
    ranks = [
        _ranks(row, row[qrels.items[begin:end]])
        for row, begin, end in zip(scores, qrels.starts[:-1], qrels.starts[1:], strict=True)
    ]
    values = np.concatenate([*ranks, np.empty(0, np.int64)])
    candidates = np.count_nonzero(scores > -np.inf, axis=1)
    return Ranks(qrels.queries, qrels.starts, values, candidates)


def rank_vectors(
    queries: Vectors, candidates: Vectors, qrels: Qrels, *, skip_self: bool = False
) -> Ranks:
    """Rank candidates (m, dim) by their similarity to queries (n, dim), a block at a time.

    With `skip_self`, queries and candidates are one set, and no query finds itself.
    """
    parts = []
    for block in qrels.blocks(max(1, BLOCK // max(1, len(candidates)))):
        scores = queries[block.queries] @ candidates.T
        if skip_self:
            scores[np.arange(len(scores)), block.queries] = -np.inf
        parts.append(rank_scores(scores, block))
    return concatenate(parts)


def concatenate(parts: Iterable[Ranks]) -> Ranks:
    """Join the ranks of different queries."""
    none = np.empty(0, np.int64)
    parts = [*parts, Ranks(none, np.zeros(1, np.int64), none, none)]
    counts = np.concatenate([part.counts for part in parts])
    return Ranks(
        np.concatenate([part.queries for part in parts]),
        np.concatenate([[0], np.cumsum(counts)]),
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.candidates for part in parts]),
    )


def _ranks(row: Scores, relevant: Scores) -> Indices:
    """Return the ranks of the scores `relevant` (r,) within `row`, which contains them."""
    relevant = np.sort(relevant)
    ahead = _count_at_least(relevant - TIE, row) - _count_at_least(relevant - TIE, relevant)
    return ahead[::-1] + np.arange(1, len(relevant) + 1)


def _count_at_least(levels: Scores, scores: Scores) -> Indices:
    """Count for each of the ascending levels the scores that reach it.

    Looking scores up among a few levels is cheaper than sorting the scores.
    """
    passed = np.searchsorted(levels, scores, side="right")
    counts = np.bincount(passed, minlength=len(levels) + 1)
    return np.cumsum(counts[::-1])[::-1][1:]
