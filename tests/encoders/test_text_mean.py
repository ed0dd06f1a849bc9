"""The mean of everyday words: in the languages of a model, kept in its description."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fakes import FakeEncoder
from visavis.encoders import BUNDLED, load_encoder
from visavis.encoders.text_mean import WORDS, text_mean_of


@pytest.mark.parametrize(
    ("languages", "expected"),
    [
        (("en",), ["en"]),
        (("fr",), ["fr"]),
        (("fr", "en"), ["fr", "en"]),
        (("de",), ["en"]),
        ((), ["en"]),
    ],
)
def test_words_are_of_the_languages_that_a_model_knows(languages, expected):
    encoder = FakeEncoder()
    encoder.languages = languages
    words = [word for lang in expected for word in WORDS[lang].split()]
    mean = encoder.encode_texts(words).mean(axis=0)
    np.testing.assert_allclose(text_mean_of(encoder), mean, atol=1e-5)


def test_as_many_words_in_each_language():
    assert {len(set(words.split())) for words in WORDS.values()} == {32}


def test_the_bundled_model_has_its_own():
    encoder = load_encoder()
    np.testing.assert_allclose(encoder.text_mean, text_mean_of(encoder), atol=1e-4)
    others = encoder.encode_texts(["umbrella", "bridge", "airport", "violin", "cheese", "green"])
    assert np.dot(others, encoder.text_mean / np.linalg.norm(encoder.text_mean)).mean() > 0.3


def test_a_model_of_an_earlier_version_has_none(tmp_path):
    details = json.loads((BUNDLED / "model.json").read_text("utf-8"))
    del details["text_mean"]
    (tmp_path / "model.json").write_text(json.dumps(details), "utf-8")
    assert load_encoder(tmp_path).text_mean is None
