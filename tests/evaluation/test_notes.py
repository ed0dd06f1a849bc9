from __future__ import annotations

from visavis.datasets import Caption
from visavis.evaluation.embedding import embed_split
from visavis.evaluation.notes import find_notes


def notes(dataset, encoder, split="test"):
    return find_notes(dataset, embed_split(encoder, dataset, split, ["en"])[0])


def test_images_with_fewer_than_five_captions_are_noted(dataset, encoder):
    (note,) = notes(dataset, encoder)
    assert note.startswith("3 of 3 images have fewer than 5 captions in en, 0 have none")


def test_captions_and_words_seen_in_training_are_noted(overlapping, encoder):
    training = (
        Caption("t#0", "copy.png", "Something: RED.", "en"),
        Caption("t#1", "copy.png", "green!", "fr"),
        Caption("t#2", "copy.png", "blue", "en", machine=True),
    )
    object.__setattr__(overlapping, "captions", overlapping.captions + training)
    _, repeated, words = notes(overlapping, encoder)
    assert repeated == "captions that occur word for word in training: 2 of 6"
    assert words == "words never seen in training captions: 1 of 4; captions with such a word: 2"


def test_the_training_split_is_noted(dataset, encoder):
    dataset.splits.update(dict.fromkeys(dataset.splits, "train"))
    assert notes(dataset, encoder, "train")[1].startswith("this is the training split")
