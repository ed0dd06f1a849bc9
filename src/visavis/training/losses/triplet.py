"""Margin losses: the triplet loss of mined negatives, and the two of VSE++."""

from __future__ import annotations

from torch import Tensor

from visavis.errors import TrainingError
from visavis.training.losses.base import LOSSES, Scores, mean
from visavis.training.losses.distances import DISTANCES


def triplet(positive: Tensor, negative: Tensor, margin: float, distance: str) -> Tensor:
    """Return the mean over triplets of max(0, margin + d(a, p) - d(a, n)).

    `positive` and `negative` (triplets,) are cosines to the anchor; `distance` names one of
    DISTANCES. Hermans et al., In Defense of the Triplet Loss, 2017,
    https://arxiv.org/abs/1703.07737, which finds the distance more stable than its square.
    """
    measure = DISTANCES.get(distance)
    return mean((margin + measure(positive) - measure(negative)).clamp(min=0))


def sum_violations(scores: Tensor, positives: Tensor, negatives: Tensor, margin: float) -> Tensor:
    """Return the sum of the hinge over all negatives, averaged over positive pairs.

    Σ over n of max(0, margin - s(a, p) + s(a, n)). Kiros et al., Unifying Visual-Semantic
    Embeddings, 2014, https://arxiv.org/abs/1411.2539; equation 5 of VSE++.
    """
    return mean(_violations(scores, positives, negatives, margin).sum(dim=1))


def max_violation(scores: Tensor, positives: Tensor, negatives: Tensor, margin: float) -> Tensor:
    """Return the hinge against the hardest negative, averaged over positive pairs.

    max over n of max(0, margin - s(a, p) + s(a, n)). Faghri et al., VSE++, 2018, equation 6,
    https://arxiv.org/abs/1707.05612.
    """
    return mean(_violations(scores, positives, negatives, margin).amax(dim=1))


def max_hinge(similarity: Tensor, positives: Tensor, margin: float) -> Tensor:
    """Return `max_violation` where every pair that does not belong together is a negative."""
    return max_violation(similarity, positives, ~positives, margin)


@LOSSES.register("triplet")
def _triplet(given: Scores) -> Tensor:
    if given.mined is None:
        raise TrainingError("the loss 'triplet' needs negatives that a miner has chosen")
    found = given.mined >= 0
    anchors, own = (index[found] for index in given.positives.nonzero(as_tuple=True))
    positive, negative = given.scores[anchors, own], given.scores[anchors, given.mined[found]]
    return triplet(positive, negative, given.margin, given.distance)


@LOSSES.register("sum-violations")
def _sum_violations(given: Scores) -> Tensor:
    return sum_violations(given.scores, given.positives, given.negatives, given.margin)


@LOSSES.register("max-violation")
def _max_violation(given: Scores) -> Tensor:
    return max_violation(given.scores, given.positives, given.negatives, given.margin)


def _violations(scores: Tensor, positives: Tensor, negatives: Tensor, margin: float) -> Tensor:
    """Return how far each candidate violates the margin of each positive pair: (pairs, m)."""
    anchors, own = positives.nonzero(as_tuple=True)
    excess = margin - scores[anchors, own][:, None] + scores[anchors]
    return excess.clamp(min=0).masked_fill(~negatives[anchors], 0.0)
