"""Windows of a feature map: overlapping parts of an image that get vectors of their own."""

from __future__ import annotations

from itertools import product
from typing import Any

import torch
from torch import Tensor, nn

# Sides of the windows in parts of the map's, and how many stand along each axis.
WINDOWS = ((3 / 7, 3), (4 / 7, 2), (5 / 7, 2))
LEAST_CELLS = 4  # on a smaller map a window would be a single cell


def window_cells(cells: int) -> list[tuple[int, int, int]]:
    """List the windows of a map of `cells` × `cells` as left, top and side in cells."""
    if cells < LEAST_CELLS:
        return []
    found = []
    for share, count in WINDOWS:
        side = round(cells * share)
        starts = [round(step * (cells - side) / (count - 1)) for step in range(count)]
        found += [(left, top, side) for top, left in product(starts, starts)]
    return list(dict.fromkeys(found))  # on a small map two sides may come to the same


def window_boxes(cells: int) -> list[tuple[float, float, float, float]]:
    """List the windows as x, y, width and height, in parts of the image's sides."""
    return [
        (left / cells, top / cells, side / cells, side / cells)
        for left, top, side in window_cells(cells)
    ]


def window_masks(cells: int) -> Tensor:
    """Return the cells of each window, boolean (windows, cells²), in the order of the boxes."""
    masks = torch.zeros(len(window_cells(cells)), cells, cells, dtype=torch.bool)
    for mask, (left, top, side) in zip(masks, window_cells(cells), strict=True):
        mask[top : top + side, left : left + side] = True
    return masks.flatten(1)


class WithWindows(nn.Module):
    """What a model folder holds of a tower with cells: pixels to (n, dim), (n, parts - 1, dim).

    `places`, boolean (parts, cells²), are the cells of each part, of which the first is the whole.
    """

    tower: Any

    def __init__(self, tower: nn.Module) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, pixels: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        vectors = self.tower.parts(pixels, places)
        return vectors[:, 0], vectors[:, 1:]
