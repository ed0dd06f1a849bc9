"""Preprocessing of images: from any size to the input of an image network."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from visavis.types import Box, Pixels

if TYPE_CHECKING:
    from PIL.Image import Image

RESIZES = ("squash", "shortest")
INTERPOLATIONS = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")
"""Pillow's filters, in the order of the numbers that configurations of other programs use."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """Float input instead of bytes: `(value * scale - mean) / std` for each channel."""

    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """Steps from an image to the square of `size` pixels that a network takes.

    The image is resized with `interpolation` to `resize_to`: both sides for "squash", the
    shorter one for "shortest". Then its centre is cut out; an image that is too small gets a
    black border. With `scaling` a network takes float32 (n, 3, size, size), else bytes
    (n, size, size, 3).
    """

    size: int
    resize: str = "squash"
    resize_to: int = 0
    interpolation: str = "bicubic"
    channels: str = "RGB"
    scaling: Scaling | None = None

    @classmethod
    def parse(cls, described: dict[str, Any]) -> Preprocessing:
        """Read `image` of `model.json`; raises KeyError, TypeError or ValueError."""
        size = int(described["size"])
        scaling = described.get("scaling")
        return cls(
            size,
            _one_of(RESIZES, described.get("resize", "squash")),
            int(described.get("resize_to", size)),
            _one_of(INTERPOLATIONS, described.get("interpolation", "bicubic")),
            _one_of(("RGB", "BGR"), described.get("channels", "RGB")),
            scaling
            and Scaling(
                float(scaling["scale"]),
                tuple(map(float, scaling["mean"])),
                tuple(map(float, scaling["std"])),
            ),
        )

    def describe(self) -> dict[str, Any]:
        """Return what `parse` reads."""
        described: dict[str, Any] = {
            "size": self.size,
            "resize": self.resize,
            "resize_to": self.resize_to or self.size,
            "interpolation": self.interpolation,
            "channels": self.channels,
        }
        if self.scaling:
            described["scaling"] = {
                "scale": self.scaling.scale,
                "mean": list(self.scaling.mean),
                "std": list(self.scaling.std),
            }
        return described

    def prepare(self, image: Image) -> Pixels:
        """Resize and crop an RGB image: (size, size, 3)."""
        from PIL.Image import Resampling

        wanted = self._resized(image.size)
        pixels = np.array(image.resize(wanted, Resampling[self.interpolation.upper()]))
        if wanted != (self.size, self.size):
            pixels = _centre(pixels, self.size)
        return pixels

    def seen(self, size: tuple[int, int]) -> Box:
        """Return the box that is left of an image of (width, height) after the crop."""
        kept = self.size / (self.resize_to or self.size)
        resized = size if self.resize == "squash" else (min(size), min(size))
        width, height = (
            min(side, max(1, round(kept * new))) for side, new in zip(size, resized, strict=True)
        )
        return Box((size[0] - width) // 2, (size[1] - height) // 2, width, height)

    def batch(self, pixels: NDArray[np.uint8]) -> NDArray[Any]:
        """Return the network's input for prepared images (n, size, size, 3)."""
        if self.channels == "BGR":
            pixels = np.ascontiguousarray(pixels[..., ::-1])
        if not self.scaling:
            return pixels
        factor = self.scaling.scale / np.array(self.scaling.std)
        offset = -np.array(self.scaling.mean) / np.array(self.scaling.std)
        values = np.multiply(pixels, factor.astype(np.float32), dtype=np.float32)
        values += offset.astype(np.float32)
        return np.ascontiguousarray(values.transpose(0, 3, 1, 2))

    def _resized(self, size: tuple[int, int]) -> tuple[int, int]:
        side = self.resize_to or self.size
        if self.resize == "squash":
            return side, side
        width, height = size
        short, long = min(size), max(size)
        longer = int(side * long / short)
        return (side, longer) if width <= height else (longer, side)


def _one_of(allowed: tuple[str, ...], value: Any) -> str:
    if value not in allowed:
        raise ValueError(f"{value!r} (known: {', '.join(allowed)})")
    return str(value)


def _centre(pixels: Pixels, size: int) -> Pixels:
    """Cut the middle square out of an image (height, width, 3), with a black border if needed."""
    for axis in (0, 1):
        length = pixels.shape[axis]
        if length > size:
            first = (length - size) // 2
            pixels = pixels.take(range(first, first + size), axis)
        elif length < size:
            before = ceil((size - length) / 2)
            margins = [(0, 0)] * 3
            margins[axis] = before, size - length - before
            pixels = np.pad(pixels, margins)
    return pixels
