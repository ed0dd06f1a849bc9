"""The benchmark of fine-tuning: how a dataset is dealt, and what its table says."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

import own_images
from fakes import FakeEncoder
from visavis import evaluate
from visavis.datasets import load_dataset
from visavis.datasets.shapes import draw_shapes


@pytest.fixture(scope="module")
def shapes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shapes")
    draw_shapes(folder, 40)
    return load_dataset(f"shapes:{folder}")


def test_images_are_dealt_to_three_splits_by_a_seed(shapes):
    drawn = replace(shapes, splits=dict.fromkeys(shapes.splits, "train"))
    dealt = own_images.dealt(drawn, 1)
    counts = [list(dealt.splits.values()).count(name) for name in ("train", "dev", "test")]
    assert counts == [24, 4, 12]
    assert own_images.dealt(drawn, 1).splits == dealt.splits != own_images.dealt(drawn, 2).splits
    assert own_images.dealt(dealt, 2) is dealt


def test_a_row_has_both_recalls_and_the_interval_of_their_difference(shapes):
    (report,) = evaluate(FakeEncoder(), shapes, split="test", langs=["en"])
    queries = len(report.text_to_image.queries)
    cells = own_images.row(report, report, "text_to_image", 5).strip("| ").split(" | ")
    assert cells[:5] == ["en", "text to image", str(len(report.embedded.keys)), str(queries), "5"]
    assert cells[5] == cells[6]
    assert cells[7] == "+0.0 [+0.0, +0.0]"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the exporter has a lot to say
def test_the_bundled_model_learns_from_a_table(shapes, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    words = ["--shapes", "40", "--lang", "en", "--set", "training.locked=image"]
    words += ["--set", "training.epochs=1", "--set", "training.batch=8"]
    monkeypatch.setattr(sys, "argv", ["own_images.py", *words])
    own_images.main()
    table = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| en |")]
    assert len(table) == len(own_images.DIRECTIONS) * len(own_images.CUTOFFS)
    for line in table:
        before, after, difference = line.strip("| ").split(" | ")[5:]
        found = float(difference.split(" [")[0])
        assert found == pytest.approx(float(after) - float(before), abs=0.11)
        assert np.isfinite(found)
