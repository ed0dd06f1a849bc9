"""The figures that are reported of one way of searching, each with its interval."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from visavis.evaluation import metrics
from visavis.evaluation.bootstrap import Interval, mean_intervals, median_interval
from visavis.evaluation.judgments import Indices
from visavis.evaluation.metrics import Values
from visavis.evaluation.places import Places

MEANS: dict[str, Callable[[Places], Values]] = {
    "R@1": partial(metrics.hit_at, 1),
    "R@5": partial(metrics.hit_at, 5),
    "R@10": partial(metrics.hit_at, 10),
    "P@5": partial(metrics.precision_at, 5),
    "P@10": partial(metrics.precision_at, 10),
    "R-Precision": metrics.r_precision,
    "mAP@R": metrics.average_precision_at_r,
    "nDCG@10": partial(metrics.ndcg_at, 10),
    "triplet_accuracy": metrics.triplet_accuracy,
}
"""Figures that are means over queries, reported in percent."""

STABLE = ("R@1", "R@5", "R@10", "median_rank")
"""Those that programs may rely on."""


def values(places: Places) -> dict[str, Values]:
    """Return the value in [0, 1] of each query, for every figure that is a mean."""
    return {name: metric(places) for name, metric in MEANS.items()}


def figures(places: Places) -> dict[str, float]:
    """Return all figures of one way of searching; means in percent."""
    means = {name: round(100 * float(v.mean()), 2) for name, v in values(places).items()}
    ranks = places.ranks
    return {
        **means,
        "median_rank": metrics.median_rank(ranks),
        "mean_rank": round(metrics.mean_rank(ranks), 2),
    }


def intervals(places: Places, images: Indices) -> dict[str, Interval]:
    """Return the 95 % interval of each figure, in the figure's unit.

    `images` (n,) gives the image that each query is about; whole images are resampled.
    """
    names = [*MEANS, "mean_rank"]
    columns = [100 * v for v in values(places).values()]
    columns.append(places.ranks.astype(np.float64))
    found = dict(zip(names, mean_intervals(np.stack(columns, axis=1), images), strict=True))
    return {**found, "median_rank": median_interval(places.ranks, images)}


def with_intervals(places: Places, images: Indices) -> dict[str, Any]:
    """Return the figures, those in `STABLE` first, and under `intervals` how sure they are."""
    found = figures(places)
    bounds = {
        name: [round(bound, 2) for bound in interval]
        for name, interval in intervals(places, images).items()
    }
    ordered = {name: found[name] for name in (*STABLE, *found)}
    return {**ordered, "queries": len(places.queries), "intervals": bounds}
