"""Models against each other on the same queries: who wins, and at which k."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np

from visavis.errors import DatasetError
from visavis.evaluation.judgments import Indices
from visavis.evaluation.metrics import hit_at
from visavis.evaluation.places import Places
from visavis.evaluation.protocol import Report
from visavis.evaluation.randomisation import holm, p_value

CUTS = (1, 5, 10)
WAYS = ("image_to_text", "text_to_image")
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Comparison:
    """Recall at k of two models on the same queries, in percent.

    `p` is corrected for the number of comparisons made together; `winner` is None where the
    difference could be chance.
    """

    lang: str
    way: str
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
    """Compare every two models at every k, each way, in each language.

    `reports` are of the same dataset and split, one a model and language. Raises DatasetError
    if two of one language were not asked the same.
    """
    rows = list(_rows(reports))
    corrected = holm([p for *_, p in rows])
    return [
        _judge(one, other, way, k, p)
        for (one, other, way, k, _), p in zip(rows, corrected, strict=True)
    ]


def about(report: Report, way: str) -> tuple[Places, Indices]:
    """Return the places found in one way, and the image that each query is about."""
    places: Places = getattr(report, way)
    queries = places.queries
    return places, queries if way == "image_to_text" else report.subject.owners[queries]


def _rows(reports: Sequence[Report]) -> Iterator[tuple[Report, Report, str, int, float]]:
    for one, other in combinations(reports, 2):
        if one.subject.lang != other.subject.lang:
            continue
        _check_same(one, other)
        for way in WAYS:
            (mine, images), (theirs, _) = about(one, way), about(other, way)
            for k in CUTS:
                yield one, other, way, k, p_value(hit_at(k, mine) - hit_at(k, theirs), images)


def _check_same(one: Report, other: Report) -> None:
    same = (
        one.subject.keys == other.subject.keys
        and one.subject.captions == other.subject.captions
        and one.folds == other.folds
    )
    if not same:
        raise DatasetError(
            f"{one.subject.model} and {other.subject.model} were not asked the same: "
            "compare models on one split of one dataset, with as many folds"
        )


def _judge(one: Report, other: Report, way: str, k: int, p: float) -> Comparison:
    first, second = (
        round(100 * float(np.mean(hit_at(k, getattr(report, way)))), 2) for report in (one, other)
    )
    names = one.subject.model, other.subject.model
    winner = names[0 if first > second else 1] if p < LEVEL else None
    return Comparison(one.subject.lang, way, k, *names, first, second, p, winner)
