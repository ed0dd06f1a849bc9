"""How difficult mined triplets are."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from visavis.training.losses.distances import DISTANCES


class TripletShares(NamedTuple):
    """How many of the triplets are easy, semi-hard and hard, each from 0 to 1."""

    easy: float
    semi_hard: float
    hard: float


def triplet_shares(
    positive: Tensor, negative: Tensor, margin: float, distance: str
) -> TripletShares:
    """Count the triplets beyond the margin, within it, and those with the nearer negative.

    `positive` and `negative` (triplets,) are cosines to the anchor. Easy: d(a, n) is at least
    d(a, p) + margin; hard: at most d(a, p); semi-hard: between. Schroff et al., FaceNet, 2015,
    section 3.2, https://arxiv.org/abs/1503.03832.
    """
    measure = DISTANCES.get(distance)
    lead = measure(negative) - measure(positive)
    inside = (lead > 0) & (lead < margin)
    return TripletShares(_share(lead >= margin), _share(inside), _share(lead <= 0))


def triplet_accuracy(positive: Tensor, negative: Tensor) -> float:
    """Return how many of the positives score higher than their negative, from 0 to 1."""
    return _share(positive > negative)


def _share(wanted: Tensor) -> float:
    return float(wanted.sum()) / max(len(wanted), 1)
