from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from visavis.datasets import Caption
from visavis.errors import DatasetError
from visavis.evaluation.comparison import compare
from visavis.evaluation.embedding import EmbeddedSplit
from visavis.evaluation.protocol import measure

IMAGES, EACH = 60, 3


def report(model, noise, lang="en", seed=1):
    rng = np.random.default_rng(seed)
    image_index = np.arange(IMAGES).repeat(EACH)
    images = rng.normal(size=(IMAGES, 16))
    texts = images[image_index] + noise * rng.normal(size=(IMAGES * EACH, 16))
    captions = tuple(Caption(str(n), str(o), "text", lang) for n, o in enumerate(image_index))
    keys = tuple(map(str, range(IMAGES)))
    return measure(
        EmbeddedSplit("d", "test", lang, model, keys, keys, captions, image_index, images, texts)
    )


def test_the_better_model_wins_if_the_difference_is_significant():
    found = compare([report("bad@1", 4), report("good@1", 1)])
    assert [(one.direction, one.k) for one in found] == [
        (way, k) for way in ("image_to_text", "text_to_image") for k in (1, 5, 10)
    ]
    assert {one.winner for one in found} == {"good@1"}
    assert all(one.first_recall < one.second_recall and one.p < 0.05 for one in found)
    first = found[0].to_json()
    assert (first["first"], first["second"], first["lang"]) == ("bad@1", "good@1", "en")


def test_similar_models_have_no_winner():
    found = compare([report("one@1", 3), report("other@1", 3, seed=2)])
    assert {one.winner for one in found} == {None}


def test_every_pair_of_models_is_compared_within_each_language():
    found = compare(
        [report("a", 1), report("a", 1, "fr"), report("b", 2), report("b", 2, "fr"), report("c", 3)]
    )
    pairs = {(one.lang, one.first, one.second) for one in found}
    assert pairs == {("en", "a", "b"), ("en", "a", "c"), ("en", "b", "c"), ("fr", "a", "b")}


def test_models_with_different_queries_are_not_compared():
    one, other = report("a", 1), report("b", 1)
    fewer = replace(other, embedded=other.embedded.subset(np.arange(IMAGES - 1)))
    with pytest.raises(DatasetError, match="a and b have different queries"):
        compare([one, fewer])
