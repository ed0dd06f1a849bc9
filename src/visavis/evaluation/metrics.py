"""Retrieval metrics, each a pure function.

Those of ranks (the place of each query's first right answer, from 1) give one number for all
queries. Those of `Places` (where all right answers stand) give one value in [0, 1] a query, to
be averaged, resampled or compared in pairs. Ties were counted against the model when the
places were found. In formulas R is the number of right answers of a query, and rel(r) is 1
when the answer in place r is right, else 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from visavis.evaluation.judgments import Indices
from visavis.evaluation.places import Places

Values = NDArray[np.float64]


def recall_at(k: int, ranks: Indices) -> float:
    """Return the percentage of queries with a right answer among the first k.

    100 · |{q : rank(q) ≤ k}| / |{q}|; what papers on image-text retrieval call R@k, since
    Hodosh, Young and Hockenmaier, "Framing image description as a ranking task", JAIR 47
    (2013), section 5. https://doi.org/10.1613/jair.3994
    """
    return 100 * float(np.mean(ranks <= k))


def median_rank(ranks: Indices) -> float:
    """Return the median of the ranks, half-way between the middle two of an even number.

    Same source as `recall_at`.
    """
    return float(np.median(ranks))


def mean_rank(ranks: Indices) -> float:
    """Return the mean of the ranks."""
    return float(np.mean(ranks))


def recall_sum(*ways: Indices) -> float:
    """Return the sum of recall at 1, 5 and 10 over the ranks of all ways of searching.

    With both ways it is at most 600. Huang, Wang and Wang, "Instance-aware image and sentence
    matching with selective multimodal LSTM", CVPR 2017. https://arxiv.org/abs/1611.05588
    """
    return sum(recall_at(k, ranks) for ranks in ways for k in (1, 5, 10))


def hit_at(k: int, places: Places) -> Values:
    """Return for each query 1 if a right answer is among the first k: its share of `recall_at`."""
    return (places.ranks <= k).astype(np.float64)


def found_at(k: int, places: Places) -> Values:
    """Return the share of a query's right answers that stand among the first k.

    Σ_{r≤k} rel(r) / R: recall as information retrieval has it. Manning, Raghavan and Schütze,
    "Introduction to Information Retrieval" (2008), section 8.3. https://nlp.stanford.edu/IR-book
    """
    return places.sums(places.places <= k) / places.sizes


def precision_at(k: int, places: Places) -> Values:
    """Return the share of the first k answers that are right.

    Σ_{r≤k} rel(r) / k, also where fewer than k answers exist. Same source as `found_at`.
    """
    return places.sums(places.places <= k) / k


def r_precision(places: Places) -> Values:
    """Return the share of the first R answers that are right.

    Σ_{r≤R} rel(r) / R. Same source as `found_at`, section 8.4.
    """
    return places.sums(places.places <= _own_size(places)) / places.sizes


def average_precision_at_r(places: Places) -> Values:
    """Return the mean of the precisions at right answers among the first R; mAP@R when averaged.

    (1 / R) Σ_{r≤R} rel(r) · precision at r. Musgrave, Belongie and Lim, "A metric learning
    reality check", ECCV 2020, section 2.2. https://arxiv.org/abs/2003.08505
    """
    within = places.places <= _own_size(places)
    return places.sums(within * _order(places) / places.places) / places.sizes


def ndcg_at(k: int, places: Places) -> Values:
    """Return the discounted gain of the first k answers over the most there could be.

    Σ_{r≤k} rel(r) / log2(r + 1), divided by Σ_{r≤min(k, R)} 1 / log2(r + 1). Järvelin and
    Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20 (2002), with the
    discount now usual. https://doi.org/10.1145/582415.582418
    """
    gains = (places.places <= k) / np.log2(places.places + 1)
    order = _order(places)
    best = (order <= k) / np.log2(order + 1)
    return places.sums(gains) / places.sums(best)


def triplet_accuracy(places: Places) -> Values:
    """Return the share of pairs (right answer, wrong answer) that are in that order.

    |{(p, n) : s(q, p) > s(q, n)}| / (R · (N - R)) over all triplets of a query q, a right answer
    p and a wrong one n among N candidates; 1 when none is wrong. One minus the error that a
    triplet loss bounds: Schroff, Kalenichenko and Philbin, "FaceNet", CVPR 2015, section 3.1.
    https://arxiv.org/abs/1503.03832
    """
    wrong = places.candidates - places.sizes
    ahead = places.sums(places.places - _order(places))
    return 1 - ahead / np.maximum(places.sizes * wrong, 1)


def _order(places: Places) -> Indices:
    """Return 1, 2, … R for the right answers of each query."""
    return np.arange(len(places.places)) - np.repeat(places.starts[:-1], places.sizes) + 1


def _own_size(places: Places) -> Indices:
    """Return for each right answer how many its query has."""
    return np.repeat(places.sizes, places.sizes)
