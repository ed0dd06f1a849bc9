from __future__ import annotations

import json

import numpy as np
import pytest

from visavis.encoders.info import REGIONS_KEY
from visavis.encoders.resolve import BUNDLED
from visavis.training.towers.regions import region_boxes, region_masks, region_squares


def test_the_regions_of_eight_by_eight_cells_are_those_of_the_bundled_model():
    boxes = json.loads((BUNDLED / "model.json").read_text())["image"][REGIONS_KEY]
    assert np.allclose(region_boxes(8), boxes, atol=1e-6)
    for mask, box in zip(region_masks(8).unflatten(1, (8, 8)), boxes, strict=True):
        left, top, width, height = (round(8 * part) for part in box)
        assert mask[top : top + height, left : left + width].all()
        assert mask.sum() == width * height


@pytest.mark.parametrize("grid", range(4, 33))
def test_regions_lie_inside_the_map_cover_it_and_differ(grid):
    squares = region_squares(grid)
    assert len(set(squares)) == len(squares) > 8
    assert all(left + side <= grid and top + side <= grid for left, top, side in squares)
    masks = region_masks(grid)
    assert masks.any(dim=0).all()
    assert masks.sum(dim=1).tolist() == [side * side for _, _, side in squares]


@pytest.mark.parametrize("grid", range(4))
def test_a_small_map_has_no_regions(grid):
    assert region_boxes(grid) == []
    assert region_masks(grid).shape == (0, grid * grid)
