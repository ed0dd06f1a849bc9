"""Hubness bias folded into the vectors: querybank normalisation without a bank at search time.

Some images are near every text, and some texts near every image: such hubs are found by queries
that have nothing to do with them. A bank of queries shows how near they are. Bogolin et al., Cross
Modal Retrieval with Querybank Normalisation, 2022, https://arxiv.org/abs/2112.12777; Smith et al.,
Offline bilingual word vectors, orthogonal transformations and the inverted softmax, 2017,
https://arxiv.org/abs/1702.03859.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from visavis.types import Modality

ADDED = 2  # numbers of a vector: its bias, and the constant that multiplies the other's bias
CONSTANT = 0.3
LIMIT = 0.8  # of a bias
SHARPNESS = 20.0


class HubnessCorrection(nn.Module):
    """Unit vectors (…, dim) to unit vectors (…, dim + 2); the two further numbers correct hubness.

    In an inner product, the bias of an image is multiplied by a constant in the vector of each
    text, and the bias of a text by a constant in each image. For an image x and a text y, the
    inner product becomes, up to a factor,

        x · y - share_x (h(x) - mean_x) - share_y (h(y) - mean_y)

    where h(x) = log Σ exp(s (x · a) + w) / s, s = 20, is a soft maximum of similarities to anchors
    a that stand for a bank of texts; and so for y. Until `set_anchors` is called, biases are 0.
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
        rest = 1 - CONSTANT**2
        bias = (-self.share * rest / CONSTANT * deviation).clamp(-LIMIT, LIMIT).unsqueeze(-1)
        kept = x * (rest - bias**2).sqrt()
        constant = torch.full_like(bias, CONSTANT)
        return torch.cat(
            [kept, bias, constant] if self.modality == "image" else [kept, constant, bias], dim=-1
        )

    @torch.no_grad()
    def set_anchors(self, anchors: Tensor, weights: Tensor, *, mean: float, share: float) -> None:
        """Set anchors (n, dim), stored in bytes with one scale each, and their weights (n,)."""
        self.scales.copy_(anchors.abs().amax(dim=1, keepdim=True) / 127)
        self.anchors.copy_((anchors / self.scales).round())
        self.weights.copy_(weights)
        self.mean.fill_(mean)
        self.share.fill_(share)


def soft_maximum(x: Tensor, anchors: Tensor, weights: Tensor) -> Tensor:
    """Return h(x) of vectors (…, dim): (…)."""
    return (SHARPNESS * (x @ anchors.T) + weights).logsumexp(dim=-1) / SHARPNESS
