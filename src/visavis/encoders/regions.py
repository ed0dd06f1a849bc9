"""Regions: rectangles of an image that have vectors of their own beside the full image."""

from __future__ import annotations

from typing import TypeAlias

from visavis.types import Box, Pixels

RelativeBox: TypeAlias = tuple[float, float, float, float]
"""x, y, width and height as fractions of the image's width and height."""

STANDARD_REGIONS: tuple[RelativeBox, ...] = tuple(
    (x / 4, y / 4, 0.5, 0.5) for y in range(3) for x in range(3)
)
"""Nine overlapping regions of half the width and height, for encoders without their own."""


def cut_out(pixels: Pixels, region: RelativeBox) -> Pixels:
    """Return the part of an image (height, width, 3) that lies in a region."""
    height, width, _ = pixels.shape
    box = pixel_box(region, (width, height))
    return pixels[box.y : box.y + box.height, box.x : box.x + box.width]


def pixel_box(region: RelativeBox, size: tuple[int, int]) -> Box:
    """Return a region in pixels of an image of (width, height); at least 1 × 1."""
    x, y, width, height = region
    left, right = _span(x, width, size[0])
    top, bottom = _span(y, height, size[1])
    return Box(left, top, right - left, bottom - top)


def _span(start: float, length: float, side: int) -> tuple[int, int]:
    first = min(round(start * side), side - 1)
    return first, min(max(round((start + length) * side), first + 1), side)
