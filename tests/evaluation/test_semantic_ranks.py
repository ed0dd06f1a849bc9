from __future__ import annotations

import json
from dataclasses import replace

import pytest

from visavis.datasets import Caption
from visavis.errors import VisavisError
from visavis.evaluation.embedding import embed_split
from visavis.evaluation.semantic_ranks import rank_semantically


@pytest.fixture
def alike(dataset):
    """The green image is described by one more text, a copy of one of the red image's."""
    copied = Caption("green#2", "green.png", "something RED", "en")
    return replace(dataset, captions=(*dataset.captions, copied))


def test_captions_similar_to_the_own_ones_are_relevant_too(alike, encoder):
    (english,) = embed_split(encoder, alike, "test", ["en"])
    found = rank_semantically(english, alike)
    assert found.calibration.split == "test"
    assert found.calibration.tau > 0.9
    assert dict(zip(found.image_to_text.queries, found.image_to_text.counts, strict=True)) == {
        0: 3,
        1: 4,
        2: 2,
    }
    red = [n for n, caption in enumerate(english.captions) if caption.key == "red#0"]
    assert found.text_to_image.counts[red] == [2]
    assert {(pair.caption, pair.image, pair.near) for pair in found.sample} == {
        ("something red", "green.png", "something RED"),
        ("something RED", "red.png", "something red"),
    }


def test_json_holds_all_figures(alike, encoder):
    (english,) = embed_split(encoder, alike, "test", ["en"])
    found = json.loads(json.dumps(rank_semantically(english, alike).to_json()))
    assert found["relevance_model"] == "tfidf"
    assert found["positives_per_image"] == 3
    assert found["text_to_image"]["queries"] == 7
    assert len(found["sample"]) == 2


def test_tau_is_chosen_on_the_dev_split(alike, encoder):
    splits = {**alike.splits, "blue.png": "dev", "green.png": "dev"}
    apart = replace(alike, splits=splits)
    (english,) = embed_split(encoder, apart, "test", ["en"])
    assert rank_semantically(english, apart).calibration.split == "dev"


def test_without_dev_captions_tau_is_chosen_on_the_split_measured(alike, encoder):
    splits = {**alike.splits, "blue.png": "dev"}
    apart = replace(alike, splits=splits)
    (english,) = embed_split(encoder, apart, "test", ["en"])
    assert rank_semantically(english, apart).calibration.split == "test"


def test_a_model_cannot_judge_itself(alike, encoder, tmp_path, monkeypatch):
    monkeypatch.setattr("visavis.encoders.load_encoder", lambda folder: encoder)
    (tmp_path / "model.json").write_text("{}")
    (english,) = embed_split(encoder, alike, "test", ["en"])
    with pytest.raises(VisavisError, match="fake@1 cannot judge itself"):
        rank_semantically(english, alike, str(tmp_path))
