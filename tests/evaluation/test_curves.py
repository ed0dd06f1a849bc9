from __future__ import annotations

import csv

import numpy as np
import pytest

from visavis.evaluation.curves import curve, write_csv
from visavis.evaluation.ranks import Ranks


@pytest.fixture
def ranks():
    """Two queries of 60 candidates: relevant ones at ranks 1 and 4, and at 3."""
    return Ranks(np.arange(2), np.array([0, 2, 3]), np.array([1, 4, 3]), np.full(2, 60))


def test_recall_precision_and_hit_rate_at_each_k(ranks):
    found = curve(ranks, last=4)
    assert found.recall == pytest.approx([25, 25, 75, 100])
    assert found.precision == pytest.approx([50, 25, 100 * (1 / 3 + 1 / 3) / 2, 37.5])
    assert found.hit_rate == pytest.approx([50, 50, 100, 100])
    assert len(curve(ranks).recall) == 50


def test_csv_has_a_row_for_each_k(ranks, tmp_path):
    path = tmp_path / "curve.csv"
    write_csv(path, {"classic": curve(ranks), "semantic": curve(ranks)})
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    assert [row["k"] for row in rows] == [str(k) for k in range(1, 51)]
    assert rows[2]["classic_recall"] == "75.0000"
    assert rows[3]["semantic_precision"] == "37.5000"
