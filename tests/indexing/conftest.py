from __future__ import annotations

import pytest

from photographs import paint
from visavis.collection import Collection


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    for colour in ("red", "green", "blue"):
        paint(folder / f"{colour}.png", colour)
    return folder


@pytest.fixture
def collection(tmp_path, encoder):
    with Collection.create(tmp_path / "c", encoder) as collection:
        yield collection
