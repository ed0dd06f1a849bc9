"""Take off from similarities what is common: images near every text, texts near every image.

Such hubs are found by queries that have nothing to do with them. What is taken off is known from
a bank of queries: Bogolin et al., Cross modal retrieval with querybank normalisation, 2022,
https://arxiv.org/abs/2112.12777; Smith et al., Offline bilingual word vectors, orthogonal
transformations and the inverted softmax, 2017, https://arxiv.org/abs/1702.03859.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from visavis.types import Modality

ADDED = 2  # numbers of a vector: what it tells, and what the other side's is read by
CONSTANT = 0.3  # the latter
LIMIT = 0.8  # of the former
SHARPNESS = 20.0


class Commonness(nn.Module):
    """Unit vectors (…, dim) to unit vectors (…, dim + 2), of which two numbers say what is common.

    One number tells how common an image is; it meets a constant in the vector of every text. The
    other is told by texts, and meets a constant of images. For an image x and a text y, up to a
    factor, the product becomes

        x · y - share_x (c(x) - mean_x) - share_y (c(y) - mean_y)

    where c(x) = log Σ exp(s (x · a) + w) / s is a soft maximum, s = 20, of similarities to
    anchors a that stand for a bank of texts; and so for y. Until `set_anchors` is called,
    nothing is corrected.
    """

    scales: Tensor
    anchors: Tensor
    weights: Tensor
    mean: Tensor
    share: Tensor

    def __init__(self, modality: Modality, dim: int, anchors: int) -> None:
        super().__init__()
        self.modality = modality
        self.register_buffer("anchors", torch.zeros(anchors, dim, dtype=torch.int8))
        self.register_buffer("scales", torch.zeros(anchors, 1))
        self.register_buffer("weights", torch.zeros(anchors))
        self.register_buffer("mean", torch.zeros(1))
        self.register_buffer("share", torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        deviation = soft_maximum(x, self.anchors * self.scales, self.weights) - self.mean
        room = 1 - CONSTANT**2
        told = (-self.share * room / CONSTANT * deviation).clamp(-LIMIT, LIMIT).unsqueeze(-1)
        kept = x * (room - told**2).sqrt()
        constant = torch.full_like(told, CONSTANT)
        return torch.cat(
            [kept, told, constant] if self.modality == "image" else [kept, constant, told], dim=-1
        )

    @torch.no_grad()
    def set_anchors(self, anchors: Tensor, weights: Tensor, *, mean: float, share: float) -> None:
        """Keep anchors (n, dim) in bytes, one scale each, and their weights (n,)."""
        self.scales.copy_(anchors.abs().amax(dim=1, keepdim=True) / 127)
        self.anchors.copy_((anchors / self.scales).round())
        self.weights.copy_(weights)
        self.mean.fill_(mean)
        self.share.fill_(share)


def soft_maximum(x: Tensor, anchors: Tensor, weights: Tensor) -> Tensor:
    """Return c(x) of vectors (…, dim): (…)."""
    return (SHARPNESS * (x @ anchors.T) + weights).logsumexp(dim=-1) / SHARPNESS
