"""Recall and precision at every k up to 50."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visavis.evaluation.metrics import Values, hit_at, ir_recall_at, precision_at
from visavis.evaluation.ranks import Ranks

LAST = 50


@dataclass(frozen=True, slots=True)
class Curve:
    """Means over queries in percent at k = 1, 2, …: (k,) each.

    `recall` is the share of relevant candidates found, `hit_rate` the share of queries with at
    least one of them: R@k.
    """

    recall: Values
    precision: Values
    hit_rate: Values


def curve(ranks: Ranks, last: int = LAST) -> Curve:
    """Compute the curve of one direction of search from k = 1 to `last`."""
    metrics = ir_recall_at, precision_at, hit_at
    return Curve(
        *(
            100 * np.array([metric(k, ranks).mean() for k in range(1, last + 1)])
            for metric in metrics
        )
    )


def write_csv(path: Path, curves: Mapping[str, Curve]) -> None:
    """Write a row for each k: columns `NAME_recall`, `NAME_precision`, `NAME_hit_rate`."""
    columns = {
        f"{name}_{field}": getattr(one, field)
        for name, one in curves.items()
        for field in ("recall", "precision", "hit_rate")
    }
    rows = [
        [str(k), *(f"{value:.4f}" for value in values)]
        for k, values in enumerate(zip(*columns.values(), strict=True), 1)
    ]
    lines = [",".join(row) for row in [["k", *columns], *rows]]
    path.write_text("\n".join(lines) + "\n", "utf-8")
