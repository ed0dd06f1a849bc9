"""Pairwise comparison of models on the same queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np

from visavis.errors import DatasetError
from visavis.evaluation.metrics import hit_at
from visavis.evaluation.qrels import Indices
from visavis.evaluation.ranks import Ranks
from visavis.evaluation.report import DIRECTIONS, Report
from visavis.evaluation.significance import holm_correction, p_value

CUTOFFS = (1, 5, 10)
SIGNIFICANCE = 0.05


@dataclass(frozen=True, slots=True)
class Comparison:
    """Recall at k of two models on the same queries, in percent.

    `p` is corrected for the number of comparisons made together; `winner` is None if the
    difference is not significant.
    """

    lang: str
    direction: str
    k: int
    first: str
    second: str
    first_recall: float
    second_recall: float
    p: float
    winner: str | None

    def to_json(self) -> dict[str, Any]:
        """Return all fields."""
        return asdict(self)


def compare(reports: Sequence[Report]) -> list[Comparison]:
    """Compare every two models at k = 1, 5 and 10, by direction and language.

    `reports` are of one dataset and split, one for each model and language. Raises DatasetError
    if two reports in one language have different queries.
    """
    rows = list(_rows(reports))
    corrected = holm_correction([p for *_, p in rows])
    return [
        _compared(one, other, direction, k, p)
        for (one, other, direction, k, _), p in zip(rows, corrected, strict=True)
    ]


def _rows(reports: Sequence[Report]) -> Iterator[tuple[Report, Report, str, int, float]]:
    for one, other in combinations(reports, 2):
        if one.embedded.lang != other.embedded.lang:
            continue
        _check_same_queries(one, other)
        for direction in DIRECTIONS:
            (ours, images), (theirs, _) = _by_image(one, direction), _by_image(other, direction)
            for k in CUTOFFS:
                p = p_value(hit_at(k, ours) - hit_at(k, theirs), images)
                yield one, other, direction, k, p


def _by_image(report: Report, direction: str) -> tuple[Ranks, Indices]:
    """Return the ranks of one direction, and the image of each query."""
    ranks: Ranks = getattr(report, direction)
    queries = ranks.queries
    is_image = direction == "image_to_text"
    return ranks, queries if is_image else report.embedded.image_index[queries]


def _check_same_queries(one: Report, other: Report) -> None:
    same = (
        one.embedded.keys == other.embedded.keys
        and one.embedded.captions == other.embedded.captions
        and one.folds == other.folds
    )
    if not same:
        raise DatasetError(
            f"{one.embedded.model} and {other.embedded.model} have different queries: "
            "compare models on one split of one dataset, with the same number of folds"
        )


def _compared(one: Report, other: Report, direction: str, k: int, p: float) -> Comparison:
    first, second = (
        round(100 * float(np.mean(hit_at(k, getattr(report, direction)))), 2)
        for report in (one, other)
    )
    names = one.embedded.model, other.embedded.model
    winner = names[0 if first > second else 1] if p < SIGNIFICANCE else None
    return Comparison(one.embedded.lang, direction, k, *names, first, second, p, winner)
