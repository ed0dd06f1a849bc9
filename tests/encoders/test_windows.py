import numpy as np
import pytest

from visavis.encoders.windows import STANDARD_WINDOWS, cut, window_box
from visavis.types import Box


@pytest.mark.parametrize(
    ("window", "size", "box"),
    [
        ((0, 0, 1, 1), (640, 480), Box(0, 0, 640, 480)),
        ((0.5, 0.25, 0.5, 0.5), (640, 480), Box(320, 120, 320, 240)),
        ((2 / 7, 0, 3 / 7, 3 / 7), (700, 70), Box(200, 0, 300, 30)),
        ((0.75, 0.75, 0.25, 0.25), (1, 1), Box(0, 0, 1, 1)),
        ((0.571429, 0, 0.428571, 1), (101, 5), Box(58, 0, 43, 5)),
    ],
)
def test_a_window_in_pixels(window, size, box):
    assert window_box(window, size) == box


def test_windows_stay_inside_of_any_image():
    for width in range(1, 40):
        for window in STANDARD_WINDOWS:
            box = window_box(window, (width, 3))
            assert box.x >= 0 < box.width
            assert box.x + box.width <= width


def test_standard_windows_cover_all_of_it():
    seen = np.zeros((8, 8, 1), np.uint8)
    for window in STANDARD_WINDOWS:
        cut(seen, window)[:] += 1
    assert seen.min() == 1
    assert seen.max() == 4
