from __future__ import annotations

import csv

import numpy as np
import pytest

from visavis.evaluation.curves import curve, write_csv
from visavis.evaluation.places import Places


@pytest.fixture
def places():
    """Two queries of 60 candidates: right answers at 1 and 4, and at 3."""
    return Places(np.arange(2), np.array([0, 2, 3]), np.array([1, 4, 3]), np.full(2, 60))


def test_each_k_has_its_share(places):
    found = curve(places, last=4)
    assert found.found == pytest.approx([25, 25, 75, 100])
    assert found.right == pytest.approx([50, 25, 100 * (1 / 3 + 1 / 3) / 2, 37.5])
    assert found.hit == pytest.approx([50, 50, 100, 100])
    assert len(curve(places).found) == 50


def test_csv_has_a_line_a_k(places, tmp_path):
    path = tmp_path / "curve.csv"
    write_csv(path, {"classic": curve(places), "semantic": curve(places)})
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    assert [row["k"] for row in rows] == [str(k) for k in range(1, 51)]
    assert rows[2]["classic_found"] == "75.0000"
    assert rows[3]["semantic_right"] == "37.5000"
