"""Confidence intervals by bootstrap over images.

Captions of one image are not independent, so whole images are drawn with replacement, each
with all its queries; the candidates stay the same. Percentile intervals: Efron and Tibshirani,
"An Introduction to the Bootstrap" (1993), chapter 13.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from visavis.evaluation.qrels import Indices

Interval: TypeAlias = tuple[float, float]
Draws: TypeAlias = NDArray[np.float64]

REPLICATES = 1000
LEVEL = 0.95


def draw(images: int, replicates: int = REPLICATES, seed: int = 0) -> Draws:
    """Draw how often each image occurs in each replicate: (replicates, images)."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(images, np.full(images, 1 / images), replicates).astype(np.float64)


def mean_intervals(values: NDArray[np.float64], images: Indices) -> list[Interval]:
    """Return the interval of the mean of each column of `values` (queries, columns).

    `images` (queries,) gives the image of each query.
    """
    _, image = np.unique(images, return_inverse=True)
    counts = np.bincount(image)
    sums = np.stack([np.bincount(image, column) for column in values.T], axis=1)
    draws = draw(len(counts))
    means = (draws @ sums) / (draws @ counts)[:, None]
    return [_percentiles(column) for column in means.T]


def median_interval(values: NDArray[np.int64], images: Indices) -> Interval:
    """Return the interval of the median of `values` (queries,)."""
    _, image = np.unique(images, return_inverse=True)
    order = np.argsort(values, kind="stable")
    ordered, image = values[order], image[order]
    medians = [_weighted_median(ordered, drawn[image]) for drawn in draw(int(image.max()) + 1)]
    return _percentiles(np.array(medians))


def _weighted_median(ordered: NDArray[np.int64], times: NDArray[np.float64]) -> float:
    """Return the median of ascending values, each repeated `times`."""
    upto = np.cumsum(times)
    middle = np.searchsorted(upto, [(upto[-1] - 1) / 2, upto[-1] / 2], side="right")
    return float(ordered[np.minimum(middle, len(ordered) - 1)].mean())


def _percentiles(replicated: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(replicated, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
