from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from visavis.datasets import Caption, Dataset
from visavis.errors import DatasetError, VisavisError
from visavis.evaluation import evaluate


@pytest.fixture
def dataset(tmp_path):
    """Three test pictures in plain colours, described in two languages."""
    images, captions = {}, []
    for name, fr in (("red", "rouge"), ("green", "vert"), ("blue", "bleu")):
        path = tmp_path / f"{name}.png"
        rgb = {"red": (255, 0, 0), "green": (0, 160, 0), "blue": (0, 0, 255)}[name]
        Image.new("RGB", (9, 5), rgb).save(path)
        images[path.name] = path
        captions += [
            Caption(f"{name}#0", path.name, f"something {name}", "en"),
            Caption(f"{name}#1", path.name, name, "en"),
            Caption(f"{name}#0@fr", path.name, fr, "fr"),
            Caption(f"{name}#0@fr.mt", path.name, "nonsense", "fr", machine=True),
        ]
    return Dataset("colours", images, tuple(captions), dict.fromkeys(images, "test"))


def test_a_report_counts_and_ranks_each_language(encoder, dataset):
    english, french = evaluate(encoder, dataset, "test")
    assert english.to_json() == {
        "dataset": "colours",
        "split": "test",
        "lang": "en",
        "images": 3,
        "captions": 6,
        "model": "fake@1",
        "image_to_text": {"R@1": 100, "R@5": 100, "R@10": 100, "median_rank": 1},
        "text_to_image": {"R@1": 100, "R@5": 100, "R@10": 100, "median_rank": 1},
    }
    assert (french.lang, french.captions) == ("fr", 3), "machine translations are not measured"


def test_wrong_captions_cost_recall(encoder, dataset):
    swapped = tuple(
        Caption(
            c.key,
            {"red.png": "blue.png", "blue.png": "red.png"}.get(c.image, c.image),
            c.text,
            c.lang,
        )
        for c in dataset.captions
        if c.lang == "en"
    )
    (report,) = evaluate(
        encoder, Dataset("swapped", dataset.images, swapped, dataset.splits), "test"
    )
    assert report.to_json()["text_to_image"]["R@1"] == pytest.approx(33.33)


def test_a_language_nobody_wrote_in_is_refused(encoder, dataset):
    with pytest.raises(DatasetError, match=r"no captions by people in de .*there are: en, fr"):
        evaluate(encoder, dataset, "test", ["de"])


def test_a_split_without_captions_is_refused(encoder, dataset):
    bare = Dataset("bare", dataset.images, (), dataset.splits)
    with pytest.raises(DatasetError, match="no captions by people for split 'test'"):
        evaluate(encoder, bare, "test")


def test_a_collapsed_model_is_refused_not_scored(encoder, dataset):
    encoder.encode_texts = lambda texts: np.full((len(texts), 16), 0.25, np.float32)
    encoder.encode_images = encoder.encode_texts
    with pytest.raises(VisavisError, match="collapsed"):
        evaluate(encoder, dataset, "test")
