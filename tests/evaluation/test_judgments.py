from __future__ import annotations

import numpy as np
import pytest

from visavis.evaluation.judgments import (
    Judgments,
    images_of_texts,
    texts_of_images,
    texts_of_texts,
)

OWNERS = np.array([2, 0, 2, 5])


def right_for(judgments, query):
    queries, items = judgments.pairs()
    return items[queries == query].tolist()


def spelled_out(judgments):
    return {int(q): right_for(judgments, q) for q in judgments.queries}


def test_an_image_has_its_texts_for_answers_and_without_any_is_not_asked():
    assert spelled_out(texts_of_images(OWNERS)) == {0: [1], 2: [0, 2], 5: [3]}


def test_a_text_has_its_image():
    assert spelled_out(images_of_texts(OWNERS)) == {0: [2], 1: [0], 2: [2], 3: [5]}


def test_a_text_has_the_other_texts_of_its_image():
    assert spelled_out(texts_of_texts(OWNERS)) == {0: [2], 2: [0]}


@pytest.mark.parametrize("seed", range(10))
def test_across_languages_all_texts_of_the_image_are_right(seed):
    rng = np.random.default_rng(seed)
    own, others = rng.integers(6, size=8), rng.integers(6, size=12)
    expected = {q: [c for c in range(12) if others[c] == own[q]] for q in range(8)}
    found = spelled_out(texts_of_texts(own, others))
    assert found == {q: items for q, items in expected.items() if items}


def test_pairs_come_back_as_they_went_in():
    queries, items = np.array([3, 1, 3]), np.array([7, 0, 2])
    judgments = Judgments.from_pairs(queries, items)
    assert [pair.tolist() for pair in judgments.pairs()] == [[1, 3, 3], [0, 2, 7]]
    assert judgments.sizes.tolist() == [1, 2]
    assert right_for(judgments, 2) == []
    assert right_for(judgments, 9) == []


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_blocks_hold_the_same_judgments(size):
    judgments = texts_of_images(OWNERS)
    merged = {}
    for block in judgments.blocks(size):
        assert len(block.queries) <= size
        merged |= spelled_out(block)
    assert merged == spelled_out(judgments)
