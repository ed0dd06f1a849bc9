"""From scores to the places of the right answers, of which every metric is a function."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.errors import VisavisError
from visavis.evaluation.judgments import Indices, Judgments
from visavis.types import Vectors

Scores = NDArray[np.floating]

TIE = 1e-6
"""Scores this near are one: a float32 dot product differs by less with the order of its sums."""

BLOCK = 2**24
"""Scores held at a time."""


@dataclass(frozen=True, slots=True)
class Places:
    """The places, from 1, at which the right answers of each query stand, in ascending order.

    `queries` (n,) tells which were asked; `starts` (n + 1,) delimits the places of each within
    `places`; `candidates` (n,) is how many were ranked for each.
    """

    queries: Indices
    starts: Indices
    places: Indices
    candidates: Indices

    @property
    def ranks(self) -> Indices:
        """Place of the first right answer: (n,)."""
        return self.places[self.starts[:-1]]

    @property
    def sizes(self) -> Indices:
        """How many answers are right: (n,)."""
        return np.diff(self.starts)

    def sums(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Add up values of right answers (as many as `places`) by query: (n,)."""
        return np.add.reduceat(np.asarray(values, np.float64), self.starts[:-1])


def find_places(scores: Scores, judgments: Judgments) -> Places:
    """Rank the candidates of each asked query by its row of `scores` (asked, candidates).

    A wrong answer with a right one's score is placed before it. A candidate scored -inf does
    not count.
    """
    places = [
        _places(row, row[judgments.items[begin:end]])
        for row, begin, end in zip(scores, judgments.starts[:-1], judgments.starts[1:], strict=True)
    ]
    found = np.concatenate([*places, np.empty(0, np.int64)])
    counts = np.count_nonzero(scores > -np.inf, axis=1)
    return Places(judgments.queries, judgments.starts, found, counts)


def rank(
    queries: Vectors, candidates: Vectors, judgments: Judgments, *, skip_self: bool = False
) -> Places:
    """Rank candidates (m, dim) for each asked row of queries (n, dim), a block at a time.

    `skip_self` leaves out the candidate of the query's own number: both are one set.
    """
    parts = []
    for block in judgments.blocks(max(1, BLOCK // max(1, len(candidates)))):
        scores = queries[block.queries] @ candidates.T
        if skip_self:
            scores[np.arange(len(scores)), block.queries] = -np.inf
        parts.append(find_places(scores, block))
    return join(parts)


def join(parts: Iterable[Places]) -> Places:
    """Put the places of different queries together."""
    none = np.empty(0, np.int64)
    parts = [*parts, Places(none, np.zeros(1, np.int64), none, none)]
    sizes = np.concatenate([part.sizes for part in parts])
    return Places(
        np.concatenate([part.queries for part in parts]),
        np.concatenate([[0], np.cumsum(sizes)]),
        np.concatenate([part.places for part in parts]),
        np.concatenate([part.candidates for part in parts]),
    )


def check_scores(scores: Scores) -> None:
    """Raise VisavisError when scores could not tell a model from chance.

    Not-a-number anywhere, or the same score for every pair (collapsed embeddings).
    """
    if not np.isfinite(scores).all():
        raise VisavisError("the model gives scores that are not numbers; it cannot be evaluated")
    if scores.size > 1 and float(np.ptp(scores)) < TIE:
        raise VisavisError("the model gives every image and text the same score (it collapsed)")


def check_vectors(vectors: Vectors, what: str) -> None:
    """Raise VisavisError for vectors (n, dim) that are not numbers, or are all the same."""
    if not np.isfinite(vectors).all():
        raise VisavisError(f"the model gives {what} vectors that are not numbers")
    if len(vectors) > 1 and float(np.ptp(vectors, axis=0).max()) < TIE:
        raise VisavisError(f"the model gives every {what} the same vector (it collapsed)")


def _places(row: Scores, right: Scores) -> Indices:
    """Return the places of right answers of scores `right` (r,) in a row that contains them."""
    right = np.sort(right)
    ahead = _at_least(right - TIE, row) - _at_least(right - TIE, right)
    return ahead[::-1] + np.arange(1, len(right) + 1)


def _at_least(levels: Scores, scores: Scores) -> Indices:
    """Count for each of the ascending levels the scores that reach it.

    Looking scores up among a few levels costs less than sorting the scores.
    """
    passed = np.searchsorted(levels, scores, side="right")
    counts = np.bincount(passed, minlength=len(levels) + 1)
    return np.cumsum(counts[::-1])[::-1][1:]
