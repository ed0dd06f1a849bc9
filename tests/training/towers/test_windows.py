from __future__ import annotations

import numpy as np
import pytest

from visavis.training.towers import image
from visavis.training.towers.windows import window_boxes, window_cells, window_masks


def test_a_map_of_seven_cells_has_the_windows_of_the_bundled_model():
    assert np.allclose(window_boxes(7), image.window_boxes())
    assert window_masks(7).equal(image.window_masks())


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
