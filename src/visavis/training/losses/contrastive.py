"""Contrastive losses: all negatives of the batch count, hard ones most."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import logsigmoid

from visavis.training.losses.base import LOSSES, Scores, mean


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
    return mean(-log_probability.sum(dim=1)[counts > 0] / counts[counts > 0])


def sigmoid(logits: Tensor, positives: Tensor, negatives: Tensor) -> Tensor:
    """Return the loss of telling each pair apart by itself: summed over a row, averaged over rows.

    log(1 + exp(-z · logit)), where z is 1 for a positive and -1 for a negative, and a logit is the
    cosine, scaled, plus a bias. Zhai et al., Sigmoid Loss for Language Image Pre-Training, 2023,
    algorithm 1, https://arxiv.org/abs/2303.15343.
    """
    signs = positives.to(logits.dtype) - negatives.to(logits.dtype)
    terms = -logsigmoid(signs * logits).masked_fill(signs == 0, 0.0)
    return mean(terms.sum(dim=1))


@LOSSES.register("info-nce")
def _info_nce(given: Scores) -> Tensor:
    return info_nce(given.scale * given.scores, given.positives, given.negatives)


@LOSSES.register("sigmoid")
def _sigmoid(given: Scores) -> Tensor:
    logits = given.scale * given.scores + given.bias
    return sigmoid(logits, given.positives, given.negatives)
