"""The regression check of the bundled model's figures, without the data it needs."""

from __future__ import annotations

import runpy
import tomllib
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "quality.py"


@pytest.fixture(scope="module")
def quality():
    return runpy.run_path(str(SCRIPT))


def report(recall=20.1, lang="en", captions=5000):
    figures = {"R@1": recall, "R@5": 40.0, "R@10": 60.0, "median_rank": 7.0}
    return {
        "dataset": "flickr8k",
        "split": "dev",
        "lang": lang,
        "images": 1000,
        "captions": captions,
        "model": "small@1",
        "image_to_text": figures,
        "text_to_image": figures,
    }


@pytest.fixture
def record(quality):
    return tomllib.loads(quality["as_toml"]([report(), report(lang="fr")]))


def test_the_record_holds_what_was_measured(record):
    assert record["model"] == "small@1"
    assert record["figures"][0]["image_to_text"] == {"R@1": 20.1, "R@5": 40.0, "R@10": 60.0}
    assert record["figures"][1]["lang"] == "fr"


def test_a_figure_may_fall_by_the_tolerance(quality, record):
    assert list(quality["drops"](record, [report(), report(19.2, "fr")])) == []
    assert list(quality["drops"](record, [report(99), report(99, "fr")])) == []


def test_a_drop_is_told(quality, record):
    first, second = quality["drops"](record, [report(19.0), report(lang="fr")])
    assert first == "DROPPED: dev en, image_to_text, R@1: 19.0 after 20.1"
    assert "text_to_image" in second


def test_figures_of_other_data_are_not_compared(quality, record):
    (line,) = quality["drops"](record, [report(captions=4999), report(lang="fr")])
    assert line.startswith("NOT THE SAME DATA")


def test_a_language_that_is_not_there_is_said_to_be(quality, record):
    assert list(quality["drops"](record, [report()])) == []
    assert list(quality["missing"](record, [report()])) == [
        "not in this data, so not measured: dev fr"
    ]
