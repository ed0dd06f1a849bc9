from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from visavis.datasets import Dataset, ImageClass
from visavis.datasets.prompts import prompts
from visavis.errors import DatasetError, VisavisError
from visavis.evaluation.classification import encode_classes, evaluate_classification

COLOURS = {"red": "rouge", "green": "vert", "blue": "bleu"}


@pytest.fixture
def classes():
    return {name: ImageClass(name, {"en": name, "fr": fr}) for name, fr in COLOURS.items()}


@pytest.fixture
def labelled(tmp_path, classes):
    """Three images of each colour; one of the green ones is said to be blue."""
    images, labels = {}, {}
    for name in COLOURS:
        for n in range(3):
            key = f"{name}{n}.png"
            images[key] = tmp_path / key
            Image.new("RGB", (8 + n, 8), name).save(images[key])
            labels[key] = classes[name]
    labels["green0.png"] = classes["blue"]
    return Dataset("colours", images, (), dict.fromkeys(images, "test"), classes=labels)


def test_accuracy_is_the_share_of_images_nearest_to_their_class(labelled, encoder):
    english, french = evaluate_classification(encoder, labelled)
    assert (english.lang, french.lang) == ("en", "fr")
    assert english.classes == ("blue", "green", "red")
    for report in (english, french):
        assert report.accuracy(1) == pytest.approx(100 * 8 / 9)
        assert report.accuracy(5) == 100
        low, high = report.interval(1)
        assert low < report.accuracy(1) <= high
    assert english.to_json()["top-1"] == 88.89


def test_ranks_are_those_of_a_search_of_class_vectors_and_ties_count_against(labelled, encoder):
    (report,) = evaluate_classification(encoder, labelled, langs=["en"])
    paths = list(labelled.images.values())
    scores = encoder.encode_images([encoder.prepare(path) for path in paths])
    scores = scores @ encode_classes(encoder, report.classes, "en").T
    right = [report.classes.index(each.label) for each in labelled.classes.values()]
    expected = [int(sum(row >= row[n] - 1e-6)) for row, n in zip(scores, right, strict=True)]
    assert report.ranks.first.tolist() == expected


def test_a_class_vector_is_the_mean_of_its_prompts(encoder):
    vectors = encode_classes(encoder, ["owl", "red thing"], "en")
    for name, vector in zip(["owl", "red thing"], vectors, strict=True):
        mean = encoder.encode_texts(prompts(name, "en")).mean(axis=0)
        np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), atol=1e-6)


def test_classes_of_other_splits_are_candidates(labelled, encoder):
    splits = {k: "train" if k.startswith("red") else "test" for k in labelled.images}
    (report,) = evaluate_classification(encoder, replace(labelled, splits=splits), langs=["en"])
    assert len(report.classes) == 3
    assert len(report.ranks.queries) == 6


def test_classes_of_one_name_count_as_wrong_and_are_told(labelled, encoder):
    twin = ImageClass("crimson", {"en": "red"})
    dataset = replace(labelled, classes={**labelled.classes, "red0.png": twin})
    (report,) = evaluate_classification(encoder, dataset)
    assert report.accuracy(1) == pytest.approx(100 * 5 / 9)
    assert "names of several classes, whose images count as wrong at top-1: 1, such as 'red'" in (
        report.notes
    )


def test_images_without_a_class_are_left_out_and_counted(labelled, encoder):
    classes = {key: each for key, each in labelled.classes.items() if key != "green0.png"}
    (report, _) = evaluate_classification(encoder, replace(labelled, classes=classes))
    assert report.accuracy() == 100
    assert report.notes[0] == "images left out, as they have no class: 1"


def test_only_languages_with_all_names_are_measured(labelled, encoder):
    blue = ImageClass("blue", {"en": "blue"})
    classes = {k: blue if each.label == "blue" else each for k, each in labelled.classes.items()}
    dataset = replace(labelled, classes=classes)
    assert [report.lang for report in evaluate_classification(encoder, dataset)] == ["en"]
    with pytest.raises(DatasetError, match=r"1 of 3 classes have no name in 'fr', such as 'blue'"):
        evaluate_classification(encoder, dataset, langs=["fr"])


def test_one_class_is_refused(labelled, encoder, classes):
    dataset = replace(labelled, classes=dict.fromkeys(labelled.images, classes["red"]))
    with pytest.raises(DatasetError, match=r"only one class \('red'\)"):
        evaluate_classification(encoder, dataset)
    with pytest.raises(DatasetError, match="its images have no classes"):
        evaluate_classification(encoder, replace(labelled, classes={}))


def test_a_split_without_classes_is_refused(labelled, encoder):
    splits = {k: "train" if k.startswith("red") else "test" for k in labelled.images}
    classes = {k: each for k, each in labelled.classes.items() if k.startswith("red")}
    classes["red0.png"] = ImageClass("blue", {"en": "blue"})
    with pytest.raises(DatasetError, match="no image of split 'test' has a class"):
        evaluate_classification(encoder, replace(labelled, splits=splits, classes=classes))


def test_training_images_are_refused_unless_allowed(labelled, encoder):
    splits = {**labelled.splits, "red0.png": "train"}
    labelled.images["red1.png"].write_bytes(labelled.images["red0.png"].read_bytes())
    dataset = replace(labelled, splits=splits)
    with pytest.raises(DatasetError, match="--allow-overlap"):
        evaluate_classification(encoder, dataset)
    assert len(evaluate_classification(encoder, dataset, allow_overlap=True)) == 2


def test_a_collapsed_model_is_refused(labelled, encoder, monkeypatch):
    monkeypatch.setattr(encoder, "_encode_texts", lambda texts: np.ones((len(texts), encoder.dim)))
    with pytest.raises(VisavisError, match="every text the same vector"):
        evaluate_classification(encoder, labelled)
