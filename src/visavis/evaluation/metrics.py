"""Retrieval metrics, each a pure function of scores or ranks.

A rank is the place of the first right answer, from 1. Ties count against the model: a wrong
answer with the same score as the right one is ranked before it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from visavis.errors import VisavisError

Scores = NDArray[np.floating]
Ranks = NDArray[np.int64]

LEAST_SPREAD = 1e-6


def image_to_text_ranks(scores: Scores, owners: NDArray[np.int64]) -> Ranks:
    """Return for each image the rank of the best placed of its own texts.

    `scores` is (images, texts), higher is better; `owners` (texts,) gives the image each
    text describes. Images without a text are left out.
    """
    ranks = []
    for image in np.unique(owners):
        own = owners == image
        best = scores[image, own].max()
        ranks.append(1 + np.count_nonzero(scores[image, ~own] >= best))
    return np.array(ranks, dtype=np.int64)


def text_to_image_ranks(scores: Scores, owners: NDArray[np.int64]) -> Ranks:
    """Return for each text the rank of the image it describes, among all images.

    Shapes are those of `image_to_text_ranks`.
    """
    true = scores[owners, np.arange(len(owners))]
    return np.asarray(np.count_nonzero(scores >= true, axis=0), dtype=np.int64)


def recall_at(k: int, ranks: Ranks) -> float:
    """Return the percentage of queries with a right answer among the first k."""
    return 100 * float(np.mean(ranks <= k))


def median_rank(ranks: Ranks) -> float:
    """Return the median of the ranks, half-way between the middle two of an even number."""
    return float(np.median(ranks))


def check_scores(scores: Scores) -> None:
    """Raise VisavisError when scores could not tell a model from chance.

    Not-a-number anywhere, or the same score for every pair (collapsed embeddings).
    """
    if not np.isfinite(scores).all():
        raise VisavisError("the model gives vectors that are not numbers; it cannot be evaluated")
    if scores.size > 1 and float(np.ptp(scores)) < LEAST_SPREAD:
        raise VisavisError("the model gives every image and text the same vector (it collapsed)")
