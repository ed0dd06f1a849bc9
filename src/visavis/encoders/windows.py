"""Windows: parts of an image that have vectors of their own beside the whole."""

from __future__ import annotations

from typing import TypeAlias

from visavis.types import Box, Pixels

Window: TypeAlias = tuple[float, float, float, float]
"""x, y, width and height in parts of the image's sides."""

STANDARD_WINDOWS: tuple[Window, ...] = tuple(
    (x / 4, y / 4, 0.5, 0.5) for y in range(3) for x in range(3)
)
"""Nine overlapping windows of half the sides, for models that have none of their own."""


def cut(pixels: Pixels, window: Window) -> Pixels:
    """Return the part of an image that a window shows."""
    height, width, _ = pixels.shape
    box = window_box(window, (width, height))
    return pixels[box.y : box.y + box.height, box.x : box.x + box.width]


def window_box(window: Window, size: tuple[int, int]) -> Box:
    """Return a window in pixels of an image of some width and height, at least one each way."""
    x, y, width, height = window
    left, right = _span(x, width, size[0])
    top, bottom = _span(y, height, size[1])
    return Box(left, top, right - left, bottom - top)


def _span(start: float, length: float, side: int) -> tuple[int, int]:
    first = min(round(start * side), side - 1)
    return first, min(max(round((start + length) * side), first + 1), side)
