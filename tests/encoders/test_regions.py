import numpy as np
import pytest

from visavis.encoders.regions import STANDARD_REGIONS, cut_out, pixel_box
from visavis.types import Box


@pytest.mark.parametrize(
    ("region", "size", "box"),
    [
        ((0, 0, 1, 1), (640, 480), Box(0, 0, 640, 480)),
        ((0.5, 0.25, 0.5, 0.5), (640, 480), Box(320, 120, 320, 240)),
        ((2 / 7, 0, 3 / 7, 3 / 7), (700, 70), Box(200, 0, 300, 30)),
        ((0.75, 0.75, 0.25, 0.25), (1, 1), Box(0, 0, 1, 1)),
        ((0.571429, 0, 0.428571, 1), (101, 5), Box(58, 0, 43, 5)),
    ],
)
def test_a_region_in_pixels(region, size, box):
    assert pixel_box(region, size) == box


def test_regions_stay_inside_any_image():
    for width in range(1, 40):
        for region in STANDARD_REGIONS:
            box = pixel_box(region, (width, 3))
            assert box.x >= 0 < box.width
            assert box.x + box.width <= width


def test_standard_regions_cover_the_image():
    seen = np.zeros((8, 8, 1), np.uint8)
    for region in STANDARD_REGIONS:
        cut_out(seen, region)[:] += 1
    assert seen.min() == 1
    assert seen.max() == 4
