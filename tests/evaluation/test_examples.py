from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from visavis.datasets import Caption
from visavis.evaluation import examples as module
from visavis.evaluation.embedding import EmbeddedSplit
from visavis.evaluation.examples import (
    confusions,
    image_examples,
    text_examples,
    word_recalls,
)
from visavis.evaluation.protocol import image_to_text, text_to_image


@pytest.fixture
def embedded():
    """Images along three axes; captions 0, 1 fit image 0, caption 2 is nearest to image 0."""
    images = np.eye(3, dtype=np.float32)
    texts = np.array([[0.9, 0.1, 0], [0.6, 0.5, 0], [0.8, 0.2, 0.1], [0, 0.1, 0.9]], "f4")
    image_index = np.array([0, 0, 1, 2])
    words = ("a dog", "A dog runs", "a cat", "a bird")
    captions = tuple(
        Caption(str(n), str(image_index[n]), text, "en") for n, text in enumerate(words)
    )
    keys = ("0", "1", "2")
    return EmbeddedSplit("d", "test", "en", "m", keys, keys, captions, image_index, images, texts)


def test_the_worst_query_has_the_highest_rank(embedded):
    worst = text_examples(embedded, text_to_image(embedded), worst=True)
    assert (worst[0].query, worst[0].rank) == (2, 2)
    assert worst[0].hits == ((0, False), (1, True), (2, False))


def test_the_best_queries_have_the_largest_lead_and_different_images(embedded):
    best = text_examples(embedded, text_to_image(embedded), worst=False)
    assert [one.query for one in best] == [0, 3, 2]
    assert best[0].hits[0] == (0, True)


def test_images_are_ordered_by_the_rank_of_their_captions(embedded):
    worst = image_examples(embedded, image_to_text(embedded), worst=True)
    assert (worst[0].query, worst[0].rank) == (1, 2)
    assert worst[0].hits[:2] == ((1, False), (2, True))
    best = image_examples(embedded, image_to_text(embedded), worst=False)
    assert best[0].query == 2


@pytest.mark.parametrize("block", [1, 2**24])
def test_confusions_count_captions_that_rank_another_image_first(embedded, monkeypatch, block):
    monkeypatch.setattr(module, "BLOCK", block)
    (found,) = confusions(embedded)
    assert (found.image, found.taken_for, found.captions, found.caption) == (1, 0, 1, 2)


def test_words_are_ordered_by_recall(embedded):
    ranks = SimpleNamespace(queries=np.arange(4), first=np.array([1, 11, 11, 1]))
    found = {one.word: (one.recall, one.captions) for one in word_recalls(embedded, ranks, 1)}
    assert found == {"cat": (0, 1), "runs": (0, 1), "a": (50, 4), "dog": (50, 2), "bird": (100, 1)}
    assert list(found) == ["cat", "runs", "a", "dog", "bird"]
    assert [one.word for one in word_recalls(embedded, ranks, 2)] == ["a", "dog"]
