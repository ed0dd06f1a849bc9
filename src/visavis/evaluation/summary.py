"""The metrics that are reported for one direction of search, with confidence intervals."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from visavis.evaluation import metrics
from visavis.evaluation.bootstrap import Interval, mean_intervals, median_interval
from visavis.evaluation.metrics import Values
from visavis.evaluation.qrels import Indices
from visavis.evaluation.ranks import Ranks

MEANS: dict[str, Callable[[Ranks], Values]] = {
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
"""Metrics that are means over queries, reported in percent."""

STABLE = ("R@1", "R@5", "R@10", "median_rank")
"""The metrics of the stable JSON interface."""


def summarize(ranks: Ranks) -> dict[str, float]:
    """Return all metrics: means in percent, rounded to 0.01, and the median and mean rank."""
    means = {name: round(100 * float(v.mean()), 2) for name, v in _values(ranks).items()}
    return {
        **means,
        "median_rank": metrics.median_rank(ranks.first),
        "mean_rank": round(metrics.mean_rank(ranks.first), 2),
    }


def intervals(ranks: Ranks, images: Indices) -> dict[str, Interval]:
    """Return the 95 % interval of each metric, in its unit.

    `images` (n,) gives the image of each query; whole images are resampled.
    """
    names = [*MEANS, "mean_rank"]
    columns = [100 * v for v in _values(ranks).values()]
    columns.append(ranks.first.astype(np.float64))
    found = dict(zip(names, mean_intervals(np.stack(columns, axis=1), images), strict=True))
    return {**found, "median_rank": median_interval(ranks.first, images)}


def summarize_with_intervals(ranks: Ranks, images: Indices) -> dict[str, Any]:
    """Return all metrics, those in `STABLE` first, then `queries` and `intervals`."""
    found = summarize(ranks)
    bounds = {
        name: [round(bound, 2) for bound in interval]
        for name, interval in intervals(ranks, images).items()
    }
    ordered = {name: found[name] for name in (*STABLE, *found)}
    return {**ordered, "queries": len(ranks.queries), "intervals": bounds}


def _values(ranks: Ranks) -> dict[str, Values]:
    return {name: metric(ranks) for name, metric in MEANS.items()}
