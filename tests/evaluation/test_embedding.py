from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from visavis.errors import VisavisError
from visavis.evaluation.embedding import embed_split, encode_files, human_captions


def test_each_caption_has_the_row_of_its_image(dataset, encoder):
    english, french = embed_split(encoder, dataset, "test")
    assert english.keys == ("red.png", "green.png", "blue.png")
    assert english.image_index.tolist() == [0, 0, 1, 1, 2, 2]
    assert french.image_index.tolist() == [0, 1, 2]
    assert [caption.text for caption in french.captions] == ["rouge", "vert", "bleu"]
    assert (french.images @ french.texts.T).argmax(axis=1).tolist() == [0, 1, 2]


def test_a_subset_equals_the_split_embedded_alone(dataset, encoder):
    full, _ = embed_split(encoder, dataset, "test")
    fewer = {**dataset.splits, "green.png": "dev"}
    (alone, _) = embed_split(encoder, replace(dataset, splits=fewer), "test")
    subset = full.subset(np.array([0, 2]))
    for name in ("keys", "files", "captions", "lang", "model"):
        assert getattr(subset, name) == getattr(alone, name)
    for name in ("image_index", "images", "texts"):
        assert getattr(subset, name).tolist() == getattr(alone, name).tolist()


def test_images_are_encoded_in_order(dataset, encoder):
    paths = [dataset.images[f"{name}.png"] for name in ("blue", "red")] * 70
    vectors = encode_files(encoder, paths)
    assert vectors.shape == (140, 16)
    assert vectors[::2].argmax(axis=1).tolist() == [2] * 70
    assert encode_files(encoder, []).shape == (0, 16)


def test_machine_translations_are_not_human_captions(dataset):
    assert "nonsense" not in {caption.text for caption in human_captions(dataset)}
    assert {caption.lang for caption in human_captions(dataset, "fr")} == {"fr"}


def test_a_collapsed_image_encoder_is_refused(dataset, encoder):
    encoder.encode_images = lambda images: np.tile(np.eye(16, dtype="f4")[:1], (len(images), 1))
    with pytest.raises(VisavisError, match="every image the same vector"):
        embed_split(encoder, dataset, "test")
