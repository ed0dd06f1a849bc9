"""Losses over a matrix of similarities and a mask of the pairs that belong together."""

from __future__ import annotations

from torch import Tensor


def info_nce(similarity: Tensor, positives: Tensor) -> Tensor:
    """Return the contrastive loss with several positives a row, averaged over rows.

    For each row of `similarity` (n, m), already divided by the temperature: minus the mean
    over its positives of the log-softmax over the row. `positives` (n, m) is boolean with at
    least one True a row. Khosla et al., Supervised Contrastive Learning, 2020, equation 2
    (L_out), https://arxiv.org/abs/2004.11362.
    """
    log_probability = similarity.log_softmax(dim=1).masked_fill(~positives, 0.0)
    return -(log_probability.sum(dim=1) / positives.sum(dim=1)).mean()


def max_hinge(similarity: Tensor, positives: Tensor, margin: float) -> Tensor:
    """Return the hinge loss against the hardest negative of each positive pair.

    max(0, margin - s(a, p) + max over n of s(a, n)), averaged over positive pairs; cosines
    in, not divided by a temperature. Faghri et al., VSE++, 2018, equation 6,
    https://arxiv.org/abs/1707.05612.
    """
    hardest = similarity.masked_fill(positives, float("-inf")).amax(dim=1, keepdim=True)
    return (margin - similarity + hardest).clamp(min=0)[positives].mean()
