"""Calibrate a model: fit the curve from scores to relevance on searches whose outcome is known.

Collections of many sizes are drawn from the images of a split. Each query is asked twice: where
an answer is among the images, and where all that may answer it were taken away. The best score of
each search, the number of images and the number of words are what the curve sees; it is fitted by
logistic regression.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.datasets import Dataset, load_dataset
from visavis.encoders import Encoder, load_encoder
from visavis.encoders.relevance import RelevanceCurve, count_words
from visavis.errors import DatasetError
from visavis.evaluation.checks import check_overlap
from visavis.evaluation.embedding import EmbeddedSplit, embed_split
from visavis.evaluation.qrels import Indices
from visavis.evaluation.relevance_queries import JudgedQueries, judge_captions, judge_words
from visavis.types import Vectors

Values = NDArray[np.float64]

SIZES = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
DRAWS = 4
"""Collections drawn of each size."""
QUERIES = 200
"""Queries at most in each collection."""
KEPT = 0.9
"""Share of the searches with an answer whose best hit stays above the cut."""

_LEAST_IMAGES = 20
_LEAST_SPREAD = 1e-6
_STEPS = 50
_RIDGE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """The best hit of each search (n,): its score, out of how many images, for how many words.

    `deviations` is the score in standard deviations from the mean of all images; the curve does
    without it, as benchmarks/relevance.py shows. `fits` tells whether an answer was there,
    `group` which searches are not independent.
    """

    score: Values
    images: Values
    words: Values
    deviations: Values
    fits: NDArray[np.bool_]
    group: Indices

    @classmethod
    def joined(cls, parts: Sequence[Outcomes]) -> Outcomes:
        """Join the outcomes of several collections."""
        names = cls.__slots__
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def calibrate(
    model: Encoder | str | Path | None,
    dataset: Dataset | str | Path,
    split: str = "dev",
    langs: Sequence[str] | None = None,
) -> RelevanceCurve:
    """Fit the relevance curve of a model on a split, in all of its languages by default.

    The model should not have been trained on the split: it knows its own pairs by heart, and
    would be too sure. Raises DatasetError if images of the split are also in the training split,
    or if there are too few.
    """
    dataset = load_dataset(dataset)
    check_overlap(dataset, split)
    encoder = load_encoder(model)
    splits = embed_split(encoder, dataset, split, langs)
    outcomes = [
        search_best(judged, one.images, np.unique(one.image_index))
        for one in splits
        for judged in judge(one, encoder)
    ]
    fitted = {
        "dataset": dataset.name,
        "split": split,
        "langs": [one.lang for one in splits],
        "images": len(splits[0].keys),
        "searches": sum(len(each.score) for each in outcomes),
    }
    return fit_curve(Outcomes.joined(outcomes), fitted)


def judge(split: EmbeddedSplit, encoder: Encoder) -> list[JudgedQueries]:
    """Return the queries of a split: captions, and words if captions can agree on any."""
    words = judge_words(split, encoder)
    return [judge_captions(split), *([words] if words else [])]


def search_best(
    judged: JudgedQueries,
    vectors: Vectors,
    candidates: Indices,
    sizes: Iterable[int] = SIZES,
    seed: int = 0,
) -> Outcomes:
    """Search collections drawn from the candidates, rows of `vectors` (images, dim).

    Raises DatasetError for fewer than 20 candidates.
    """
    if len(candidates) < _LEAST_IMAGES:
        raise DatasetError(f"{len(candidates)} images with captions; calibration needs 20 or more")
    rng = np.random.default_rng(seed)
    drawn = [
        rng.choice(candidates, size, replace=False)
        for size in sizes
        if size <= len(candidates)
        for _ in range(DRAWS)
    ]
    return Outcomes.joined([_search(judged, vectors, images, rng) for images in drawn])


def _search(
    judged: JudgedQueries, vectors: Vectors, images: Indices, rng: np.random.Generator
) -> Outcomes:
    answers, possible = judged.answers[:, images], judged.possible[:, images]
    rows = np.flatnonzero(answers.any(axis=1) & ~possible.all(axis=1))
    rows = rng.permutation(rows)[:QUERIES]
    scores = judged.vectors[rows] @ vectors[images].T
    there = np.concatenate([np.ones_like(possible[rows]), ~possible[rows]])
    ranked = np.ma.array(np.tile(scores, (2, 1)).astype(np.float64), mask=~there)
    best, spread = ranked.max(axis=1).data, ranked.std(axis=1).data
    words = np.array([count_words(judged.texts[row]) for row in rows], np.float64)
    return Outcomes(
        best,
        there.sum(axis=1).astype(np.float64),
        np.tile(words, 2),
        (best - ranked.mean(axis=1).data) / np.maximum(spread, _LEAST_SPREAD),
        np.repeat([True, False], len(rows)),
        np.tile(judged.group[rows], 2),
    )


def fit_curve(outcomes: Outcomes, fitted: Mapping[str, Any]) -> RelevanceCurve:
    """Fit a curve, and the cut that keeps the best hit of nine in ten searches with an answer.

    The cut is at most one half: above that, an image probably fits.
    """
    inputs = np.stack(
        [
            np.ones(len(outcomes.score)),
            outcomes.score,
            np.log(outcomes.images),
            np.log(outcomes.words),
        ],
        axis=1,
    )
    weights = fit_logistic(inputs, outcomes.fits)
    probable = 1 / (1 + np.exp(-(inputs @ weights)))
    cut = min(0.5, float(np.quantile(probable[outcomes.fits], 1 - KEPT)))
    names = ("intercept", "score", "images", "words", "cut")
    numbers = {
        name: round(float(value), 4) for name, value in zip(names, (*weights, cut), strict=True)
    }
    return RelevanceCurve.parse({**numbers, "fitted": fitted})


def fit_logistic(inputs: Values, fits: NDArray[np.bool_]) -> Values:
    """Return the weights of a logistic regression, by Newton's method.

    Bishop, "Pattern Recognition and Machine Learning" (2006), section 4.3.3. A little ridge keeps
    it finite where searches are told apart without an error.
    """
    weights = np.zeros(inputs.shape[1])
    ridge = _RIDGE * len(inputs) * np.eye(len(weights))
    for _ in range(_STEPS):
        probable = 1 / (1 + np.exp(-np.clip(inputs @ weights, -50, 50)))
        slope = inputs.T @ (fits - probable) - ridge @ weights
        curvature = (inputs.T * (probable * (1 - probable))) @ inputs + ridge
        step = np.linalg.solve(curvature, slope)
        weights += step
        if np.abs(step).max() < 1e-9:  # noqa: PLR2004 - it has settled
            break
    return weights
