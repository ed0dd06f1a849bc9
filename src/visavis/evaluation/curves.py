"""Recall and precision among the first k answers, for every k up to 50."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visavis.evaluation.metrics import Values, found_at, hit_at, precision_at
from visavis.evaluation.places import Places

LAST = 50


@dataclass(frozen=True, slots=True)
class Curve:
    """Means over queries in percent, for k = 1 … : (k,) each.

    `found` is the share of the right answers among the first k, `right` the share of the first
    k that are right, `hit` the share of queries with one right answer at least.
    """

    found: Values
    right: Values
    hit: Values


def curve(places: Places, last: int = LAST) -> Curve:
    """Follow the figures of one way of searching from k = 1 to `last`."""
    metrics = found_at, precision_at, hit_at
    return Curve(
        *(
            100 * np.array([metric(k, places).mean() for k in range(1, last + 1)])
            for metric in metrics
        )
    )


def write_csv(path: Path, curves: Mapping[str, Curve]) -> None:
    """Write one line a k: columns `NAME_found`, `NAME_right`, `NAME_hit` for each curve."""
    columns = {
        f"{name}_{field}": getattr(one, field)
        for name, one in curves.items()
        for field in ("found", "right", "hit")
    }
    rows = [
        [str(k), *(f"{value:.4f}" for value in values)]
        for k, values in enumerate(zip(*columns.values(), strict=True), 1)
    ]
    lines = [",".join(row) for row in [["k", *columns], *rows]]
    path.write_text("\n".join(lines) + "\n", "utf-8")
