"""Retrieval metrics, each a pure function.

Functions of `first`, the rank of each query's first relevant candidate (from 1), return one
number for all queries. Functions of `Ranks`, the ranks of all relevant candidates, return one
value in [0, 1] for each query, to be averaged, resampled or compared in pairs. In formulas, R
is the number of relevant candidates of a query, and rel(r) is 1 if the candidate at rank r is
relevant, else 0. Ties count against the model: see `visavis.evaluation.ranks`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from visavis.evaluation.qrels import Indices
from visavis.evaluation.ranks import Ranks

Values = NDArray[np.float64]


def recall_at(k: int, first: Indices) -> float:
    """Return the percentage of queries with a relevant candidate among the first k.

    100 · |{q : rank(q) ≤ k}| / |{q}|; R@k in papers on image-text retrieval since Hodosh, Young
    and Hockenmaier, "Framing image description as a ranking task", JAIR 47 (2013), section 5.
    https://doi.org/10.1613/jair.3994
    """
    return 100 * float(np.mean(first <= k))


def median_rank(first: Indices) -> float:
    """Return the median rank; of an even number, the mean of the middle two.

    Same source as `recall_at`.
    """
    return float(np.median(first))


def mean_rank(first: Indices) -> float:
    """Return the mean rank."""
    return float(np.mean(first))


def recall_sum(*directions: Indices) -> float:
    """Return the sum of recall at 1, 5 and 10 over all directions; at most 600 for two.

    Huang, Wang and Wang, "Instance-aware image and sentence matching with selective multimodal
    LSTM", CVPR 2017. https://arxiv.org/abs/1611.05588
    """
    return sum(recall_at(k, first) for first in directions for k in (1, 5, 10))


def hit_at(k: int, ranks: Ranks) -> Values:
    """Return 1 for each query with a relevant candidate among the first k, else 0.

    Its mean, in percent, is `recall_at`; success@k in trec_eval.
    """
    return (ranks.first <= k).astype(np.float64)


def ir_recall_at(k: int, ranks: Ranks) -> Values:
    """Return the share of relevant candidates that are among the first k.

    Σ_{r≤k} rel(r) / R: recall@k in information retrieval and trec_eval. Manning, Raghavan and
    Schütze, "Introduction to Information Retrieval" (2008), section 8.3.
    https://nlp.stanford.edu/IR-book
    """
    return ranks.sum_by_query(ranks.values <= k) / ranks.counts


def precision_at(k: int, ranks: Ranks) -> Values:
    """Return the share of the first k candidates that are relevant.

    Σ_{r≤k} rel(r) / k, even if there are fewer than k candidates. Same source as `ir_recall_at`.
    """
    return ranks.sum_by_query(ranks.values <= k) / k


def r_precision(ranks: Ranks) -> Values:
    """Return the share of the first R candidates that are relevant.

    Σ_{r≤R} rel(r) / R. Same source as `ir_recall_at`, section 8.4.
    """
    return ranks.sum_by_query(ranks.values <= _repeated_counts(ranks)) / ranks.counts


def average_precision_at_r(ranks: Ranks) -> Values:
    """Return the mean precision at the relevant candidates among the first R: mAP@R.

    (1 / R) Σ_{r≤R} rel(r) · precision at r. Musgrave, Belongie and Lim, "A metric learning
    reality check", ECCV 2020, section 2.2. https://arxiv.org/abs/2003.08505
    """
    within = ranks.values <= _repeated_counts(ranks)
    return ranks.sum_by_query(within * _order(ranks) / ranks.values) / ranks.counts


def ndcg_at(k: int, ranks: Ranks) -> Values:
    """Return the normalised discounted cumulative gain of the first k candidates.

    Σ_{r≤k} rel(r) / log2(r + 1), divided by Σ_{r≤min(k, R)} 1 / log2(r + 1). Järvelin and
    Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20 (2002), with the
    discount that is usual now. https://doi.org/10.1145/582415.582418
    """
    gains = (ranks.values <= k) / np.log2(ranks.values + 1)
    order = _order(ranks)
    ideal = (order <= k) / np.log2(order + 1)
    return ranks.sum_by_query(gains) / ranks.sum_by_query(ideal)


def triplet_accuracy(ranks: Ranks) -> Values:
    """Return the share of pairs (relevant, irrelevant candidate) that are in that order.

    |{(p, n) : s(q, p) > s(q, n)}| / (R · (N - R)) over all triplets of a query q, a relevant
    candidate p and an irrelevant one n among N candidates; 1 if all are relevant. One minus the
    error that a triplet loss bounds: Schroff, Kalenichenko and Philbin, "FaceNet", CVPR 2015,
    section 3.1. https://arxiv.org/abs/1503.03832
    """
    irrelevant = ranks.candidates - ranks.counts
    ahead = ranks.sum_by_query(ranks.values - _order(ranks))
    return 1 - ahead / np.maximum(ranks.counts * irrelevant, 1)


def _order(ranks: Ranks) -> Indices:
    """Number the relevant candidates of each query 1, 2, … R: (pairs,)."""
    return np.arange(len(ranks.values)) - np.repeat(ranks.starts[:-1], ranks.counts) + 1


def _repeated_counts(ranks: Ranks) -> Indices:
    """Repeat R for each relevant candidate of a query: (pairs,)."""
    return np.repeat(ranks.counts, ranks.counts)
