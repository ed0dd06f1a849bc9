from __future__ import annotations

import numpy as np
import pytest

from visavis.evaluation.qrels import (
    Qrels,
    image_to_text_qrels,
    text_to_image_qrels,
    text_to_text_qrels,
)

IMAGE_INDEX = np.array([2, 0, 2, 5])


def relevant_to(qrels, query):
    queries, items = qrels.pairs()
    return items[queries == query].tolist()


def spelled_out(qrels):
    return {int(q): relevant_to(qrels, q) for q in qrels.queries}


def test_the_texts_of_an_image_are_relevant_and_images_without_texts_are_no_queries():
    assert spelled_out(image_to_text_qrels(IMAGE_INDEX)) == {0: [1], 2: [0, 2], 5: [3]}


def test_the_image_of_a_text_is_relevant():
    assert spelled_out(text_to_image_qrels(IMAGE_INDEX)) == {0: [2], 1: [0], 2: [2], 3: [5]}


def test_the_other_texts_of_its_image_are_relevant_to_a_text():
    assert spelled_out(text_to_text_qrels(IMAGE_INDEX)) == {0: [2], 2: [0]}


@pytest.mark.parametrize("seed", range(10))
def test_across_languages_all_texts_of_the_image_are_relevant(seed):
    rng = np.random.default_rng(seed)
    own, others = rng.integers(6, size=8), rng.integers(6, size=12)
    expected = {q: [c for c in range(12) if others[c] == own[q]] for q in range(8)}
    found = spelled_out(text_to_text_qrels(own, others))
    assert found == {q: items for q, items in expected.items() if items}


def test_pairs_are_returned_in_order():
    queries, items = np.array([3, 1, 3]), np.array([7, 0, 2])
    qrels = Qrels.from_pairs(queries, items)
    assert [pair.tolist() for pair in qrels.pairs()] == [[1, 3, 3], [0, 2, 7]]
    assert qrels.counts.tolist() == [1, 2]
    assert relevant_to(qrels, 2) == []
    assert relevant_to(qrels, 9) == []


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_blocks_add_up_to_all_judgments(size):
    qrels = image_to_text_qrels(IMAGE_INDEX)
    merged = {}
    for block in qrels.blocks(size):
        assert len(block.queries) <= size
        merged |= spelled_out(block)
    assert merged == spelled_out(qrels)
