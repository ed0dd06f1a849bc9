"""The image tower: a convolutional backbone, attention over its feature map, a projection."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visavis.training.towers.commonness import ADDED, Commonness
from visavis.training.towers.mobilenet import DETAILS, FEATURES, MobileNetV2
from visavis.training.towers.pooling import AttentionPool


class ClassVectors(nn.Module):
    """Map mean features (…, 1280) to the weighted mean of class vectors (…, dim).

    The weights are a classifier's, which is not learned; the vectors are. Norouzi et al., Zero-shot
    learning by convex combination of semantic embeddings, 2014, https://arxiv.org/abs/1312.5650.
    """

    def __init__(self, classes: int, dim: int) -> None:
        super().__init__()
        self.classifier = nn.Linear(FEATURES, classes).requires_grad_(requires_grad=False)
        self.vectors = nn.Parameter(torch.zeros(classes, dim))

    def forward(self, pooled: Tensor) -> Tensor:
        y: Tensor = self.classifier(pooled).softmax(dim=-1) @ self.vectors
        return y


class ImageTower(nn.Module):
    """RGB pixels, uint8 (n, h, w, 3), to unit vectors (n, dim).

    The mean over the feature map says what the image is about, attention over it finds
    what a caption would name, and so does attention over a finer map, where colours and small
    things are still to be seen; their sum is projected. With `classes`, what a classifier is sure
    of is added in its own words: captions know little of cups and rockets. With `anchors`, two
    more numbers say how common the image is. The same over a part of the maps gives the vector
    of a region, at little cost.
    """

    size = 224
    cells = 7  # a side of the feature map of an image of that size

    def __init__(
        self,
        dim: int,
        *,
        width: int = 512,
        heads: int = 8,
        dropout: float = 0.1,
        classes: int = 0,
        anchors: int = 0,
    ) -> None:
        super().__init__()
        self.backbone = MobileNetV2()
        self.mean = nn.Linear(FEATURES, width)
        self.attention = AttentionPool(FEATURES, width, heads)
        self.details = AttentionPool(DETAILS, width, heads)
        nn.init.zeros_(self.details.value.weight)
        nn.init.zeros_(self.details.value.bias)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        self.project = nn.Linear(width, dim)
        self.classes = ClassVectors(classes, dim) if classes else None
        self.common = Commonness("image", dim, anchors) if anchors else None

    @property
    def dim(self) -> int:
        """Length of the vectors."""
        return self.project.out_features + (0 if self.common is None else ADDED)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.head(*self._maps(pixels))

    def parts(self, pixels: Tensor, places: Tensor) -> Tensor:
        """Encode parts of images of 224 × 224 pixels: (n, parts, dim).

        `places` is boolean (parts, cells²), at least one True in each.
        """
        return self.regions(places.reshape(-1, self.cells, self.cells), *self._maps(pixels))

    def head(self, features: Tensor, details: Tensor | None = None) -> Tensor:
        """Pool and project feature maps: (n, 1280, h, w) and (n, 128, 2h, 2w) to (n, dim)."""
        whole = torch.ones(1, *features.shape[2:], dtype=torch.bool)
        return self.regions(whole, features, details)[:, 0]

    def regions(self, regions: Tensor, features: Tensor, details: Tensor | None = None) -> Tensor:
        """Pool and project parts of feature maps: (n, regions, dim).

        `regions` is boolean (regions, h, w), at least one True in each.
        """
        x, cells = _flat(features), regions.flatten(1)
        means = cells / cells.sum(dim=1, keepdim=True) @ x
        pooled = self.mean(means) + self.attention(x, cells.unsqueeze(0))
        if details is not None:
            finer = F.interpolate(regions[None].float(), details.shape[2:]) > 0
            pooled = pooled + self.details(_flat(details), finer.flatten(2))
        vectors = F.normalize(self.project(self.dropout(self.norm(pooled))), dim=-1)
        if self.classes is not None:
            vectors = F.normalize(vectors + self.classes(means), dim=-1)
        return vectors if self.common is None else self.common(vectors)

    def _maps(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        return self.backbone.levels(self.backbone.stem(scale(pixels)))


def _flat(features: Tensor) -> Tensor:
    """Turn a map (n, channels, h, w) into positions (n, h * w, channels)."""
    return features.flatten(2).transpose(1, 2)


def scale(pixels: Tensor) -> Tensor:
    """Turn uint8 (n, h, w, 3) into float (n, 3, h, w) in [-1, 1]."""
    return pixels.to(torch.float32).permute(0, 3, 1, 2) / 127.5 - 1
