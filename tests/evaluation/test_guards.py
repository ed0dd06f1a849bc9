from __future__ import annotations

import shutil

import pytest

from visavis.datasets import Caption
from visavis.errors import DatasetError
from visavis.evaluation import evaluate
from visavis.evaluation.embedded import embed
from visavis.evaluation.guards import check_overlap, find_notes


@pytest.fixture
def overlapping(dataset, tmp_path):
    """The red image under another name, in training."""
    copy = tmp_path / "copy.png"
    shutil.copy(dataset.images["red.png"], copy)
    dataset.images["copy.png"] = copy
    dataset.splits["copy.png"] = "train"
    return dataset


def test_an_image_of_training_is_refused_by_its_content(overlapping, encoder):
    with pytest.raises(DatasetError, match=r"1, such as red.png = copy.png; --allow-overlap"):
        evaluate(encoder, overlapping, "test")
    assert len(evaluate(encoder, overlapping, "test", allow_overlap=True)) == 2


def test_without_a_shared_image_or_a_training_split_nothing_is_refused(overlapping):
    overlapping.images["copy.png"].write_bytes(b"another image")
    check_overlap(overlapping, "test")
    overlapping.splits["copy.png"] = "dev"
    check_overlap(overlapping, "test")
    check_overlap(overlapping, "dev")


def notes(dataset, encoder, split="test"):
    return find_notes(dataset, embed(encoder, dataset, split, ["en"])[0])


def test_fewer_than_five_captions_are_told(dataset, encoder):
    (note,) = notes(dataset, encoder)
    assert note.startswith("3 of 3 images have fewer than 5 captions in en, 0 have none")


def test_what_training_has_shown_is_told(overlapping, encoder):
    training = (
        Caption("t#0", "copy.png", "Something: RED.", "en"),
        Caption("t#1", "copy.png", "green!", "fr"),
        Caption("t#2", "copy.png", "blue", "en", machine=True),
    )
    object.__setattr__(overlapping, "captions", overlapping.captions + training)
    _, repeated, words = notes(overlapping, encoder)
    assert repeated == "captions that stand word for word in training: 2 of 6"
    assert words == "words never seen in training captions: 1 of 4; captions with one: 2"


def test_measuring_on_the_training_split_is_told(dataset, encoder):
    dataset.splits.update(dict.fromkeys(dataset.splits, "train"))
    assert notes(dataset, encoder, "train")[1].startswith("this is the training split")
