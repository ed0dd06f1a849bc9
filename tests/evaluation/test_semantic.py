from __future__ import annotations

import json
from dataclasses import replace

import pytest

from visavis.datasets import Caption
from visavis.errors import VisavisError
from visavis.evaluation.embedded import embed
from visavis.evaluation.semantic import judge_by_meaning


@pytest.fixture
def alike(dataset):
    """The green image is described by one more text, a copy of one of the red image's."""
    copied = Caption("green#2", "green.png", "something RED", "en")
    return replace(dataset, captions=(*dataset.captions, copied))


def test_what_is_near_to_a_true_caption_is_right_too(alike, encoder):
    (english,) = embed(encoder, alike, "test", ["en"])
    found = judge_by_meaning(english, alike)
    assert found.calibration.split == "test"
    assert found.calibration.tau > 0.9
    assert dict(zip(found.image_to_text.queries, found.image_to_text.sizes, strict=True)) == {
        0: 3,
        1: 4,
        2: 2,
    }
    red = [n for n, caption in enumerate(english.captions) if caption.key == "red#0"]
    assert found.text_to_image.sizes[red] == [2]
    assert {(pair.caption, pair.image, pair.near) for pair in found.sample} == {
        ("something red", "green.png", "something RED"),
        ("something RED", "red.png", "something red"),
    }


def test_it_can_be_written_as_json(alike, encoder):
    (english,) = embed(encoder, alike, "test", ["en"])
    found = json.loads(json.dumps(judge_by_meaning(english, alike).to_json()))
    assert found["judge"] == "tfidf"
    assert found["positives_per_image"] == 3
    assert found["text_to_image"]["queries"] == 7
    assert len(found["sample"]) == 2


def test_tau_is_chosen_on_the_development_split(alike, encoder):
    splits = {**alike.splits, "blue.png": "dev", "green.png": "dev"}
    apart = replace(alike, splits=splits)
    (english,) = embed(encoder, apart, "test", ["en"])
    assert judge_by_meaning(english, apart).calibration.split == "dev"


def test_without_captions_there_tau_is_chosen_where_it_is_used(alike, encoder):
    splits = {**alike.splits, "blue.png": "dev"}
    apart = replace(alike, splits=splits)
    (english,) = embed(encoder, apart, "test", ["en"])
    assert judge_by_meaning(english, apart).calibration.split == "test"


def test_a_model_does_not_judge_itself(alike, encoder, tmp_path, monkeypatch):
    monkeypatch.setattr("visavis.encoders.load_encoder", lambda folder: encoder)
    (tmp_path / "model.json").write_text("{}")
    (english,) = embed(encoder, alike, "test", ["en"])
    with pytest.raises(VisavisError, match="fake@1 cannot judge itself"):
        judge_by_meaning(english, alike, str(tmp_path))
