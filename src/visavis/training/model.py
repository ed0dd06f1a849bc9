"""The two towers side by side, and how their outputs are compared in training."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

CHUNKS = 4  # texts are encoded in groups of like length, so that little is padding
CHUNKED_FROM = 64


class TwoTowers(nn.Module):
    """An image tower and a text tower into one space.

    The image tower has a `head` that takes features; the text tower says which id is its `pad`.
    """

    image: Any
    text: Any

    def __init__(self, image: nn.Module, text: nn.Module) -> None:
        super().__init__()
        self.image, self.text = image, text

    def forward(self, images: Tensor, tokens: Tensor, *, pixels: bool) -> tuple[Tensor, Tensor]:
        """Return the unit vectors of images, given as pixels or features, and of texts."""
        vectors = self.image(images) if pixels else self.image.head(images)
        return vectors, self.encode_texts(tokens)

    def encode_texts(self, tokens: Tensor) -> Tensor:
        """Encode token ids (n, tokens), padded at the end: (n, dim), in the order given."""
        lengths = (tokens != self.text.pad).sum(dim=1)
        order = lengths.argsort(stable=True)
        chunks = order.tensor_split(CHUNKS) if len(order) >= CHUNKED_FROM else (order,)
        parts = [self.text(tokens[chunk, : max(1, int(lengths[chunk].max()))]) for chunk in chunks]
        return torch.cat(parts)[order.argsort()]


class DualEncoder(TwoTowers):
    """Two towers with a learned temperature."""

    def __init__(self, image: nn.Module, text: nn.Module) -> None:
        super().__init__(image, text)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def scale(self) -> Tensor:
        """Return what cosines are multiplied by before a softmax, 100 at most."""
        return self.log_scale.exp().clamp(max=100)
