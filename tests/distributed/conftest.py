from __future__ import annotations

from contextlib import closing

import pytest

from photographs import paint
from visavis.stores import create_store


@pytest.fixture
def photos(tmp_path):
    """Twelve images of three colours in two folders, captions of three, one damaged file."""
    folder = tmp_path / "photos"
    for number in range(12):
        colour = ("red", "green", "blue")[number % 3]
        paint(folder / f"{number % 2}" / f"{number}.png", colour, size=(20 + number, 20))
    for number in range(3):
        (folder / f"{number % 2}" / f"{number}.txt").write_text(f"caption {number}\n")
    (folder / "damaged.jpg").write_bytes(b"\xff\xd8\xff half")
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request, tmp_path, encoder):
    where = str(tmp_path / "merged")
    if request.param == "postgresql":
        where = request.getfixturevalue("postgresql_location")
    with closing(create_store(where, encoder.id, encoder.dim)) as store:
        yield store
