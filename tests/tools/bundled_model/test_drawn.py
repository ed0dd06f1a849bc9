from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from drawn import DRAWN_CLASSES, draw_images

SENTENCES = (
    "A man in a blue shirt is standing on a ladder cleaning a window.",
    "Deux chiens jouent dans la neige près d’une maison.",
)


@pytest.fixture(scope="module")
def drawings():
    return draw_images(2, 0, SENTENCES)


def test_each_class_is_drawn_in_turn(drawings):
    assert [drawing.label for drawing in drawings] == [
        name for name in DRAWN_CLASSES for _ in range(2)
    ]
    assert len(DRAWN_CLASSES) > 30


def test_images_show_something_and_differ(drawings):
    for drawing in drawings:
        assert drawing.pixels.dtype == np.uint8
        assert drawing.pixels.shape == (224, 224, 3)
        assert drawing.pixels.min() < drawing.pixels.max()
    for one, other in pairwise(drawings):
        assert not np.array_equal(one.pixels, other.pixels)


def test_a_seed_tells_the_images(drawings):
    for seed, same in ((0, True), (1, False)):
        for one, first in zip(draw_images(1, seed, SENTENCES), drawings[::2], strict=True):
            assert np.array_equal(one.pixels, first.pixels) == same
            assert one.texts == first.texts or not same


def test_texts_are_of_both_languages(drawings):
    texts = [pair for drawing in drawings for pair in drawing.texts]
    assert all(3 <= len(drawing.texts) <= 8 for drawing in drawings)
    assert all(text and text == text.strip() for pair in texts for text in pair)
    assert sum(english == french for english, french in texts) < len(texts) / 50
