from __future__ import annotations

import numpy as np
import pytest

from visavis.errors import VisavisError
from visavis.evaluation.metrics import (
    check_scores,
    image_to_text_ranks,
    median_rank,
    recall_at,
    text_to_image_ranks,
)

OWNERS = np.array([0, 0, 1, 2, 2])


def sorted_ranks(scores, owners):
    """The definition, spelled out: sort, walk, stop at the first right answer."""
    images, texts = scores.shape
    i2t = []
    for image in range(images):
        # A wrong text comes before a right one of the same score.
        order = sorted(range(texts), key=lambda t: (-scores[image, t], owners[t] == image))
        i2t.append(next(n for n, t in enumerate(order, 1) if owners[t] == image))
    t2i = []
    for text in range(texts):
        order = sorted(range(images), key=lambda i: (-scores[i, text], owners[text] == i))
        t2i.append(order.index(owners[text]) + 1)
    return i2t, t2i


@pytest.mark.parametrize("seed", range(20))
def test_ranks_follow_the_definition_ties_included(seed):
    rng = np.random.default_rng(seed)
    images = int(rng.integers(2, 12))
    owners = np.concatenate([np.arange(images), rng.integers(images, size=rng.integers(0, 20))])
    scores = rng.integers(0, 5, (images, len(owners))) / 4
    i2t, t2i = sorted_ranks(scores, owners)
    assert image_to_text_ranks(scores, owners).tolist() == i2t
    assert text_to_image_ranks(scores, owners).tolist() == t2i


def test_perfect_scores_rank_first():
    scores = (np.arange(3)[:, None] == OWNERS[None, :]).astype(np.float32)
    assert image_to_text_ranks(scores, OWNERS).tolist() == [1, 1, 1]
    assert text_to_image_ranks(scores, OWNERS).tolist() == [1] * 5


def test_equal_scores_rank_last_not_first():
    scores = np.zeros((3, 5))
    assert image_to_text_ranks(scores, OWNERS).tolist() == [4, 5, 4]
    assert text_to_image_ranks(scores, OWNERS).tolist() == [3] * 5


def test_images_without_a_text_are_left_out():
    assert image_to_text_ranks(np.eye(3)[:, :1], np.array([0])).tolist() == [1]


def test_recall_is_the_percentage_within_k():
    ranks = np.array([1, 2, 5, 6])
    assert [recall_at(k, ranks) for k in (1, 5, 10)] == [25, 75, 100]


def test_median_rank_of_an_even_number_is_between():
    assert median_rank(np.array([1, 2, 4, 9])) == 3


@pytest.mark.parametrize("broken", [np.full((3, 5), np.nan), np.ones((3, 5))])
def test_broken_scores_are_refused(broken):
    with pytest.raises(VisavisError, match="the model gives"):
        check_scores(broken)
