import pytest
from PIL import Image

from regions import SIDE, Position, make_mosaics, quadrant_of, rank_of
from visavis.datasets import Dataset
from visavis.types import Box, Hit


def hit(source="m.jpg", box=None):
    return Hit("id", 0.5, "image", source, box=box)


@pytest.mark.parametrize(
    ("box", "quadrant"),
    [
        (None, None),
        (Box(0, 0, 2 * SIDE, 2 * SIDE), None),
        (Box(0, 0, SIDE, SIDE), 0),
        (Box(SIDE - 100, 0, SIDE, SIDE), 1),
        (Box(0, SIDE, 10, 10), 2),
        (Box(SIDE, SIDE, SIDE, SIDE), 3),
        (Box(SIDE - 5, 0, 10, 10), None),
    ],
)
def test_the_centre_of_a_box_tells_the_quadrant(box, quadrant):
    assert quadrant_of(hit(box=box)) == quadrant


def test_rank_of_a_mosaic():
    hits = [hit("a"), hit("b")]
    assert (rank_of("b", hits), rank_of("c", hits)) == (1, 2)


def test_each_photograph_lies_where_it_is_said_to(tmp_path):
    colours = ["red", "green", "blue", "yellow", "black"]
    for colour in colours:
        Image.new("RGB", (30, 20), colour).save(tmp_path / f"{colour}.png")
    images = {colour: tmp_path / f"{colour}.png" for colour in colours}
    dataset = Dataset("d", images, (), dict.fromkeys(colours, "dev"))
    positions = make_mosaics(dataset, tmp_path / "mosaics")
    assert len(positions) == 4
    for colour, position in positions.items():
        assert isinstance(position, Position)
        with Image.open(position.mosaic) as mosaic:
            x, y = position.quadrant % 2, position.quadrant // 2
            seen = mosaic.getpixel((SIDE * x + SIDE // 2, SIDE * y + SIDE // 2))
        wanted = Image.new("RGB", (1, 1), colour).getpixel((0, 0))
        assert max(abs(a - b) for a, b in zip(seen, wanted, strict=True)) < 8
