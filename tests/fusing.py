"""Fusions the slow way: every formula written out over every vector."""

from __future__ import annotations

from statistics import fmean, pstdev

import numpy as np


def slow_scores(name, terms, weights, ranked, means):
    """Return the score of each ranked vector; `means` has what `centred` takes from each term."""
    terms, ranked = np.asarray(terms, float), np.asarray(ranked, float)
    if name == "centred":
        terms = [moved(term, mean) for term, mean in zip(terms, means, strict=True)]
    shares = [weight / sum(map(abs, weights)) for weight in weights]
    rows = [[float(term @ x) for x in ranked] for term in terms]
    if name == "sum":
        return [sum(s * x for s, x in zip(shares, c, strict=True)) for c in zip(*rows, strict=True)]
    columns = zip(*[standardised(row) for row in rows], strict=True)
    mixed = [sum(s * z for s, z in zip(shares, column, strict=True)) for column in columns]
    return [m / (1 + abs(m)) for m in mixed]


def moved(term, mean):
    length = ((term - mean) ** 2).sum() ** 0.5
    return term if length < 0.01 else (term - mean) / length


def standardised(row):
    deviation = pstdev(row)
    if deviation < 1e-6:  # equal but for rounding: it says nothing
        return [0.0] * len(row)
    mean = fmean(row)
    return [(s - mean) / deviation for s in row]
