"""Losses over a matrix of scores, a mask of the pairs that belong together and one of negatives.

Rows are anchors, columns are candidates; entries in neither mask count for nothing. Each loss
looks one way: the other way is the same loss of the transposed matrices. Without any pair to
learn from, a loss is 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import logsigmoid

from visavis.errors import TrainingError
from visavis.registry import Registry
from visavis.training.distances import DISTANCES


@dataclass(frozen=True)
class Scores:
    """What a loss may look at: cosines of anchors and candidates, and which belong together.

    `scores`, `positives` and `negatives` are (anchors, candidates). `mined` (pairs,) holds the
    column of one negative for each positive pair, in the order of `positives.nonzero()`, or -1
    for none. `scale` and `bias` are the model's, for the losses that need them.
    """

    scores: Tensor
    positives: Tensor
    negatives: Tensor
    mined: Tensor | None = None
    scale: Tensor | float = 1.0
    bias: Tensor | float = 0.0
    margin: float = 0.2
    distance: str = "euclidean"


LOSSES: Registry[Callable[[Scores], Tensor]] = Registry("objectives")


def info_nce(similarity: Tensor, positives: Tensor, negatives: Tensor | None = None) -> Tensor:
    """Return the contrastive loss with several positives a row, averaged over rows.

    For each row of `similarity` (n, m), already divided by the temperature: minus the mean
    over its positives of the log-softmax over the row's positives and negatives. Without
    `negatives` every other column is one; a row without positives is left out. Khosla et al.,
    Supervised Contrastive Learning, 2020, equation 2 (L_out), https://arxiv.org/abs/2004.11362.
    """
    if negatives is not None:
        similarity = similarity.masked_fill(~(positives | negatives), float("-inf"))
    log_probability = similarity.log_softmax(dim=1).masked_fill(~positives, 0.0)
    counts = positives.sum(dim=1)
    return _mean(-log_probability.sum(dim=1)[counts > 0] / counts[counts > 0])


def sigmoid(logits: Tensor, positives: Tensor, negatives: Tensor) -> Tensor:
    """Return the loss of telling each pair apart by itself: summed over a row, averaged over rows.

    log(1 + exp(-z · logit)), where z is 1 for a positive and -1 for a negative, and a logit is the
    cosine, scaled, plus a bias. Zhai et al., Sigmoid Loss for Language Image Pre-Training, 2023,
    algorithm 1, https://arxiv.org/abs/2303.15343.
    """
    signs = positives.to(logits.dtype) - negatives.to(logits.dtype)
    terms = -logsigmoid(signs * logits).masked_fill(signs == 0, 0.0)
    return _mean(terms.sum(dim=1))


def sum_violations(scores: Tensor, positives: Tensor, negatives: Tensor, margin: float) -> Tensor:
    """Return the sum of the hinge over all negatives, averaged over positive pairs.

    Σ over n of max(0, margin - s(a, p) + s(a, n)). Kiros et al., Unifying Visual-Semantic
    Embeddings, 2014, https://arxiv.org/abs/1411.2539; equation 5 of VSE++.
    """
    return _mean(_violations(scores, positives, negatives, margin).sum(dim=1))


def max_violation(scores: Tensor, positives: Tensor, negatives: Tensor, margin: float) -> Tensor:
    """Return the hinge against the hardest negative, averaged over positive pairs.

    max over n of max(0, margin - s(a, p) + s(a, n)). Faghri et al., VSE++, 2018, equation 6,
    https://arxiv.org/abs/1707.05612.
    """
    return _mean(_violations(scores, positives, negatives, margin).amax(dim=1))


def max_hinge(similarity: Tensor, positives: Tensor, margin: float) -> Tensor:
    """Return `max_violation` where every pair that does not belong together is a negative."""
    return max_violation(similarity, positives, ~positives, margin)


def triplet(positive: Tensor, negative: Tensor, margin: float, distance: str) -> Tensor:
    """Return the mean over triplets of max(0, margin + d(a, p) - d(a, n)).

    `positive` and `negative` (triplets,) are cosines to the anchor; `distance` names one of
    DISTANCES. Hermans et al., In Defense of the Triplet Loss, 2017,
    https://arxiv.org/abs/1703.07737, which finds the distance more stable than its square.
    """
    measure = DISTANCES.get(distance)
    return _mean((margin + measure(positive) - measure(negative)).clamp(min=0))


@LOSSES.register("info-nce")
def _info_nce(given: Scores) -> Tensor:
    return info_nce(given.scale * given.scores, given.positives, given.negatives)


@LOSSES.register("sigmoid")
def _sigmoid(given: Scores) -> Tensor:
    logits = given.scale * given.scores + given.bias
    return sigmoid(logits, given.positives, given.negatives)


@LOSSES.register("sum-violations")
def _sum_violations(given: Scores) -> Tensor:
    return sum_violations(given.scores, given.positives, given.negatives, given.margin)


@LOSSES.register("max-violation")
def _max_violation(given: Scores) -> Tensor:
    return max_violation(given.scores, given.positives, given.negatives, given.margin)


@LOSSES.register("triplet")
def _triplet(given: Scores) -> Tensor:
    if given.mined is None:
        raise TrainingError("the loss 'triplet' needs negatives that a miner has chosen")
    found = given.mined >= 0
    anchors, own = (places[found] for places in given.positives.nonzero(as_tuple=True))
    positive, negative = given.scores[anchors, own], given.scores[anchors, given.mined[found]]
    return triplet(positive, negative, given.margin, given.distance)


def _violations(scores: Tensor, positives: Tensor, negatives: Tensor, margin: float) -> Tensor:
    """Return how far each candidate violates the margin of each positive pair: (pairs, m)."""
    anchors, own = positives.nonzero(as_tuple=True)
    excess = margin - scores[anchors, own][:, None] + scores[anchors]
    return excess.clamp(min=0).masked_fill(~negatives[anchors], 0.0)


def _mean(values: Tensor) -> Tensor:
    return values.sum() / max(len(values), 1)
