from __future__ import annotations

import json

import numpy as np
import pytest

from visavis.encoders.resolve import BUNDLED
from visavis.training.towers.windows import window_boxes, window_cells, window_masks


def test_a_map_of_seven_cells_has_the_windows_of_the_bundled_model():
    boxes = json.loads((BUNDLED / "model.json").read_text())["image"]["windows"]
    assert np.allclose(window_boxes(7), boxes, atol=1e-6)
    for mask, box in zip(window_masks(7).unflatten(1, (7, 7)), boxes, strict=True):
        left, top, width, height = (round(7 * part) for part in box)
        assert mask[top : top + height, left : left + width].all()
        assert mask.sum() == width * height


@pytest.mark.parametrize("cells", range(4, 33))
def test_windows_of_any_map_lie_inside_cover_it_and_differ(cells):
    windows = window_cells(cells)
    assert len(set(windows)) == len(windows) > 8
    assert all(left + side <= cells and top + side <= cells for left, top, side in windows)
    masks = window_masks(cells)
    assert masks.any(dim=0).all()
    assert masks.sum(dim=1).tolist() == [side * side for _, _, side in windows]


@pytest.mark.parametrize("cells", range(4))
def test_a_map_too_small_for_windows_has_none(cells):
    assert window_boxes(cells) == []
    assert window_masks(cells).shape == (0, cells * cells)
