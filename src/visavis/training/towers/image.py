"""The image tower: a convolutional backbone, attention over its feature map, a projection."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visavis.training.towers.mobilenet import FEATURES, MobileNetV2
from visavis.training.towers.pooling import AttentionPool


class ImageTower(nn.Module):
    """RGB pixels, uint8 (n, h, w, 3), to unit vectors (n, dim).

    The mean over the feature map says what the picture is about, attention over it finds
    what a caption would name; their sum is projected.
    """

    def __init__(self, dim: int, width: int = 512, heads: int = 8, dropout: float = 0.1) -> None:
        super().__init__()
        self.backbone = MobileNetV2()
        self.mean = nn.Linear(FEATURES, width)
        self.attention = AttentionPool(FEATURES, width, heads)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        self.project = nn.Linear(width, dim)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.head(self.backbone(scale(pixels)))

    def head(self, features: Tensor) -> Tensor:
        """Pool and project a feature map: (n, 1280, h, w) to (n, dim)."""
        x = features.flatten(2).transpose(1, 2)  # (n, positions, 1280)
        pooled = self.mean(x.mean(dim=1)) + self.attention(x)
        return F.normalize(self.project(self.dropout(self.norm(pooled))), dim=-1)


def scale(pixels: Tensor) -> Tensor:
    """Turn uint8 (n, h, w, 3) into float (n, 3, h, w) in [-1, 1]."""
    return pixels.to(torch.float32).permute(0, 3, 1, 2) / 127.5 - 1
