"""Heads: features of a backbone to vectors of the joint space."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visavis.errors import TrainingError
from visavis.registry import Registry
from visavis.training.towers.backbone import Shape, unpack
from visavis.training.towers.pooling import AttentionPool

HEADS = Registry[Callable[[Shape, int, int, float], "Head"]]("heads")
"""Makers of heads, called with (layout of features, dim, width, dropout)."""


class Head(nn.Module):
    """Features (n, *shape) to unit vectors (n, dim); a map is averaged over its grid cells."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, features: Tensor) -> Tensor:
        return F.normalize(self._project(features), dim=-1)

    @abstractmethod
    def _project(self, features: Tensor) -> Tensor:
        """Return vectors (n, dim) of any length."""


class LinearHead(Head):
    """A linear projection."""

    def __init__(self, shape: Shape, dim: int, dropout: float = 0.1) -> None:
        super().__init__(dim)
        _refuse_pyramid(shape)
        self.dropout = nn.Dropout(dropout)
        self.project = nn.Linear(shape[0], dim)

    @torch.no_grad()
    def centre(self, features: Tensor) -> None:
        """Project the mean of features (n, *shape) to the origin, so that none start alike.

        What all images have in common, such as the bias of a classifier, would else dominate
        every vector. Krähenbühl et al., Data-dependent Initializations of Convolutional Neural
        Networks, 2016, https://arxiv.org/abs/1511.06856, do this for each layer.
        """
        self.project.bias.copy_(-self.project.weight @ _pooled(features).mean(dim=0))

    def _project(self, features: Tensor) -> Tensor:
        projected: Tensor = self.project(self.dropout(_pooled(features)))
        return projected


class MlpHead(Head):
    """Layer normalisation, one hidden layer, and a projection."""

    def __init__(self, shape: Shape, dim: int, width: int = 512, dropout: float = 0.1) -> None:
        super().__init__(dim)
        _refuse_pyramid(shape)
        self.norm = nn.LayerNorm(shape[0])
        self.hidden = nn.Linear(shape[0], width)
        self.dropout = nn.Dropout(dropout)
        self.project = nn.Linear(width, dim)

    def _project(self, features: Tensor) -> Tensor:
        hidden = F.gelu(self.hidden(self.norm(_pooled(features))))
        projected: Tensor = self.project(self.dropout(hidden))
        return projected


class AttentionHead(Head):
    """The mean over a feature map plus attention pooling over it, projected.

    The mean holds what an image is about, attention finds what a caption would name. The finer
    map of a pyramid, which still shows small objects and colours, has an attention pooling of its
    own, which starts at zero. Pooling over some of the grid cells gives the vector of a region.
    """

    def __init__(
        self, shape: Shape, dim: int, width: int = 512, dropout: float = 0.1, heads: int = 8
    ) -> None:
        super().__init__(dim)
        if len(shape) not in {3, 6}:
            raise TrainingError(
                'the attention head needs a feature map: features = "map" or "pyramid"'
            )
        if width % heads:
            raise TrainingError(f"width {width} is not a multiple of the attention's {heads} heads")
        self.mean = nn.Linear(shape[0], width)
        self.attention = AttentionPool(shape[0], width, heads)
        self.channels, self.finer = shape[0], None
        if len(shape) == 6:
            self.finer = AttentionPool(shape[3], width, heads)
            nn.init.zeros_(self.finer.value.weight)
            nn.init.zeros_(self.finer.value.bias)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        self.project = nn.Linear(width, dim)

    def regions(self, features: Tensor, masks: Tensor) -> Tensor:
        """Encode regions of a feature map: (n, c, h, w) to unit vectors (n, masks, dim).

        `masks` is boolean (masks, h * w), at least one True a row.
        """
        return F.normalize(self._project_regions(features, masks), dim=-1)

    def _project(self, features: Tensor) -> Tensor:
        cells = features[0, 0].numel()
        full = torch.ones(1, cells, dtype=torch.bool, device=features.device)
        return self._project_regions(features, full)[:, 0]

    def _project_regions(self, features: Tensor, masks: Tensor) -> Tensor:
        coarse = features[:, : self.channels]
        x = coarse.flatten(2).transpose(1, 2)  # (n, grid cells, c)
        share = (masks / masks.sum(dim=1, keepdim=True)).to(x.dtype)
        pooled = self.mean(share @ x) + self.attention(x, masks.unsqueeze(0))
        if self.finer is not None:
            _, finer = unpack(features, self.channels)
            inside = masks.reshape(1, -1, *coarse.shape[2:]).float()
            inside = F.interpolate(inside, scale_factor=2.0) > 0
            pooled = pooled + self.finer(finer.flatten(2).transpose(1, 2), inside.flatten(2))
        projected: Tensor = self.project(self.dropout(self.norm(pooled)))
        return projected


@HEADS.register("linear")
def _linear(shape: Shape, dim: int, _width: int, dropout: float) -> Head:
    return LinearHead(shape, dim, dropout)


HEADS.register("mlp")(MlpHead)
HEADS.register("attention")(AttentionHead)


def _refuse_pyramid(shape: Shape) -> None:
    if len(shape) == 6:
        raise TrainingError("only the attention head takes a pyramid")


def _pooled(features: Tensor) -> Tensor:
    return features.flatten(2).mean(dim=2) if features.dim() > 2 else features
