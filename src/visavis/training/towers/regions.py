"""Regions of a feature map: overlapping squares of an image with vectors of their own."""

from __future__ import annotations

from itertools import product

import torch
from torch import Tensor, nn

from visavis.training.towers.image import ImageTower

# Sides of the squares as shares of the map's, and how many there are along each axis.
SQUARES = ((3 / 7, 3), (4 / 7, 2), (5 / 7, 2))
LEAST_GRID = 4  # on a smaller map a region would be a single grid cell


def region_squares(grid: int) -> list[tuple[int, int, int]]:
    """List the regions of a map of `grid` × `grid` cells as left, top and side in cells."""
    if grid < LEAST_GRID:
        return []
    found = []
    for share, count in SQUARES:
        side = round(grid * share)
        starts = [round(step * (grid - side) / (count - 1)) for step in range(count)]
        found += [(left, top, side) for top, left in product(starts, starts)]
    return list(dict.fromkeys(found))  # on a small map two sides may round to the same


def region_boxes(grid: int) -> list[tuple[float, float, float, float]]:
    """List the regions as x, y, width and height, as shares of the image's sides."""
    return [
        (left / grid, top / grid, side / grid, side / grid)
        for left, top, side in region_squares(grid)
    ]


def region_masks(grid: int) -> Tensor:
    """Return the grid cells of each region, boolean (regions, grid²), in the order of the boxes."""
    masks = torch.zeros(len(region_squares(grid)), grid, grid, dtype=torch.bool)
    for mask, (left, top, side) in zip(masks, region_squares(grid), strict=True):
        mask[top : top + side, left : left + side] = True
    return masks.flatten(1)


class WithRegions(nn.Module):
    """An image tower with two outputs: pixels to (n, dim) and (n, regions, dim).

    `masks`, boolean (1 + regions, grid²), are the grid cells of the full image and of each region.
    """

    def __init__(self, tower: ImageTower) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, pixels: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
        vectors = self.tower.regions(pixels, masks)
        return vectors[:, 0], vectors[:, 1:]
