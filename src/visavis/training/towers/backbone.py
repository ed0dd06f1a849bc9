"""The contract of backbones: images in, features out."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from dataclasses import replace
from functools import cached_property
from typing import Any, Literal, Self, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm

from visavis.encoders.preprocessing import Preprocessing
from visavis.training.towers.blocks import freeze_before_last
from visavis.training.towers.preparation import Preparation

Kind: TypeAlias = Literal["classes", "pooled", "map", "pyramid"]
Shape: TypeAlias = tuple[int, ...]


class Backbone(nn.Module):
    """RGB pixels, uint8 (n, h, w, 3), to features of one of four kinds.

    "classes" are a classifier's logits (n, classes), from which a head learns more than from
    probabilities; "pooled" is one vector per image (n, channels), "map" one vector per grid cell
    (n, channels, rows, columns). A "pyramid" is a map, followed along the channels by a finer map
    of twice its sides, folded to the same grid (see `pack`).

    A backbone starts frozen. Fine-tuning keeps the statistics of batch normalisation: they come
    from more images than a small dataset has.
    """

    kinds: tuple[Kind, ...] = ("classes", "pooled", "map")
    finer = 0
    """Number of channels of the finer map of a pyramid."""

    padded_evenly = 1
    """Sides of images that are multiples of this are padded alike, whatever their size."""

    precision: type[np.floating[Any]] = np.float16
    """Of its features on disk."""

    def __init__(self, name: str, network: nn.Module, preparation: Preparation) -> None:
        super().__init__()
        self.name, self.network, self.preparation = name, network, preparation
        mean, std = (torch.tensor(c).view(3, 1, 1) for c in (preparation.mean, preparation.std))
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("std", std, persistent=False)
        self.fixed: list[nn.Parameter] = []  # parameters that never learn
        self.freeze()

    @property
    def id(self) -> str:
        """Name, and a hash of the current weights and of the preparation of images."""
        return f"{self.name}@{hash_of(self.network, repr(self.preparation))}"

    @property
    def size(self) -> int:
        """Width and height of its images, in pixels."""
        return self.preparation.size

    @property
    def preprocessing(self) -> Preprocessing:
        """Steps from an image file to its pixels; by default, it is squashed."""
        return Preprocessing(self.size)

    def resize(self, size: int) -> None:
        """Take images of another size: width and height in pixels."""
        self.preparation = replace(self.preparation, size=size)
        self.__dict__.pop("shapes", None)  # which were those of the old size

    @cached_property
    def shapes(self) -> dict[Kind, Shape]:
        """Shape of one image's features, by kind."""
        with torch.no_grad():
            return {kind: tuple(self(self._blank(), kind).shape[1:]) for kind in self.kinds}

    def layout(self, kind: Kind) -> Shape:
        """Return the shape of features, or for a pyramid the shapes of both maps, joined."""
        shape = self.shapes[kind]
        if kind != "pyramid":
            return shape
        channels, rows, columns = shape
        return (channels - 4 * self.finer, rows, columns, self.finer, 2 * rows, 2 * columns)

    def coarse(self, features: Tensor, kind: Kind) -> Tensor:
        """Return the last feature map of a map or a pyramid, (n, channels, rows, columns)."""
        return features[:, : features.shape[1] - 4 * self.finer] if kind == "pyramid" else features

    def classifier(self) -> nn.Linear | None:
        """Return the layer from pooled features to logits, or None if there is none."""
        return None

    def forward(self, pixels: Tensor, kind: Kind) -> Tensor:
        mean, std = self.get_buffer("mean"), self.get_buffer("std")
        # With the channels last in memory, a convolutional network learns 1.5 times as fast.
        images = pixels.permute(0, 3, 1, 2).to(mean.dtype, memory_format=torch.channels_last)
        return self._features((images / 255 - mean) / std, kind)

    def freeze(self) -> Self:
        """Freeze all parameters."""
        self.requires_grad_(requires_grad=False)
        return self.eval()

    def unfreeze(self, kind: Kind, blocks: int = 0) -> list[nn.Parameter]:
        """Unfreeze and return the parameters behind features of this kind, except for the stem.

        The first layers transfer to any photographs, and training them takes the most time. With
        `blocks`, only the last blocks learn, and what follows them. Raises TrainingError if there
        are fewer blocks.
        """
        self.requires_grad_(requires_grad=True)
        self._stem().requires_grad_(requires_grad=False)
        for value in self.fixed:
            value.requires_grad = False
        if blocks:
            freeze_before_last(self.network, blocks)
        learning = [value for value in self.parameters() if value.requires_grad]
        features = self(self._blank(), kind)
        gradients = torch.autograd.grad(features.sum(), learning, allow_unused=True)
        for value, gradient in zip(learning, gradients, strict=True):
            value.requires_grad = gradient is not None
        return [value for value in learning if value.requires_grad]

    def train(self, mode: bool = True) -> Self:  # noqa: FBT001, FBT002 - torch's signature
        """Set the mode; a frozen backbone and all batch normalisation stay in evaluation mode."""
        super().train(mode and any(value.requires_grad for value in self.parameters()))
        for layer in self.modules():
            if isinstance(layer, _BatchNorm):
                layer.eval()
        return self

    @abstractmethod
    def _features(self, x: Tensor, kind: Kind) -> Tensor:
        """Compute features of normalised images (n, 3, h, w)."""

    @abstractmethod
    def _stem(self) -> nn.Module:
        """Return the first layers, which fine-tuning keeps frozen."""

    def _blank(self) -> Tensor:
        device = self.get_buffer("mean").device
        return torch.zeros(1, self.size, self.size, 3, dtype=torch.uint8, device=device)


def hash_of(network: nn.Module, described: str = "") -> str:
    """Return twelve hexadecimal digits for a description and the weights of a network."""
    digest = hashlib.sha256(described.encode())
    for name, value in network.state_dict().items():
        digest.update(f"{name} {tuple(value.shape)} {value.dtype}".encode())
        digest.update(value.cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()[:12]


def pack(coarse: Tensor, finer: Tensor) -> Tensor:
    """Join maps (n, c, h, w) and (n, d, ≤ 2h, ≤ 2w) into a pyramid, (n, c + 4d, h, w)."""
    rows, columns = (2 * side for side in coarse.shape[2:])
    padded = F.pad(finer, (0, columns - finer.shape[3], 0, rows - finer.shape[2]))
    return torch.cat([coarse, F.pixel_unshuffle(padded, 2)], dim=1)


def unpack(pyramid: Tensor, channels: int) -> tuple[Tensor, Tensor]:
    """Split a pyramid into its two maps; the first has `channels` channels."""
    return pyramid[:, :channels], F.pixel_shuffle(pyramid[:, channels:], 2)
