from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from visavis.errors import VisavisError
from visavis.evaluation.embedded import captions_by_people, embed, encode_files


def test_each_caption_knows_its_image(dataset, encoder):
    english, french = embed(encoder, dataset, "test")
    assert english.keys == ("red.png", "green.png", "blue.png")
    assert english.owners.tolist() == [0, 0, 1, 1, 2, 2]
    assert french.owners.tolist() == [0, 1, 2]
    assert [caption.text for caption in french.captions] == ["rouge", "vert", "bleu"]
    assert (french.images @ french.texts.T).argmax(axis=1).tolist() == [0, 1, 2]


def test_a_part_is_what_embedding_it_alone_would_give(dataset, encoder):
    whole, _ = embed(encoder, dataset, "test")
    fewer = {**dataset.splits, "green.png": "dev"}
    (alone, _) = embed(encoder, replace(dataset, splits=fewer), "test")
    part = whole.part(np.array([0, 2]))
    for name in ("keys", "files", "captions", "lang", "model"):
        assert getattr(part, name) == getattr(alone, name)
    for name in ("owners", "images", "texts"):
        assert getattr(part, name).tolist() == getattr(alone, name).tolist()


def test_images_are_encoded_in_order(dataset, encoder):
    paths = [dataset.images[f"{name}.png"] for name in ("blue", "red")] * 70
    vectors = encode_files(encoder, paths)
    assert vectors.shape == (140, 16)
    assert vectors[::2].argmax(axis=1).tolist() == [2] * 70
    assert encode_files(encoder, []).shape == (0, 16)


def test_what_a_program_wrote_is_left_out(dataset):
    assert "nonsense" not in {caption.text for caption in captions_by_people(dataset)}
    assert {caption.lang for caption in captions_by_people(dataset, "fr")} == {"fr"}


def test_images_that_all_look_the_same_are_refused(dataset, encoder):
    encoder.encode_images = lambda images: np.tile(np.eye(16, dtype="f4")[:1], (len(images), 1))
    with pytest.raises(VisavisError, match="every image the same vector"):
        embed(encoder, dataset, "test")
