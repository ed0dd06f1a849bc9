from __future__ import annotations

import numpy as np
import pytest

from visavis.errors import VisavisError
from visavis.evaluation import places as room
from visavis.evaluation.judgments import Judgments, images_of_texts, texts_of_images, texts_of_texts
from visavis.evaluation.places import TIE, check_scores, check_vectors, find_places, join, rank


def walk(row, right):
    """The definition: sort, a wrong answer before a right one of the same score, and walk."""
    order = sorted(range(len(row)), key=lambda n: (-row[n], n in right))
    return [place for place, n in enumerate(order, 1) if n in right]


def spelled_out(places):
    return [
        places.places[a:b].tolist() for a, b in zip(places.starts, places.starts[1:], strict=False)
    ]


def unit(rng, n, dim=8):
    vectors = rng.normal(size=(n, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("seed", range(30))
def test_places_follow_the_definition_ties_included(seed):
    rng = np.random.default_rng(seed)
    queries, candidates = int(rng.integers(1, 8)), int(rng.integers(1, 25))
    scores = rng.integers(0, 6, (queries, candidates)) / 5
    right = [
        set(rng.choice(candidates, rng.integers(1, candidates + 1), replace=False).tolist())
        for _ in range(queries)
    ]
    pairs = np.array([(q, c) for q, own in enumerate(right) for c in own])
    places = find_places(scores, Judgments.from_pairs(*pairs.T))
    assert spelled_out(places) == [walk(row, own) for row, own in zip(scores, right, strict=True)]
    assert places.ranks.tolist() == [own[0] for own in spelled_out(places)]
    assert places.sizes.tolist() == [len(own) for own in right]
    assert places.candidates.tolist() == [candidates] * queries


def test_equal_scores_put_the_right_answers_last():
    places = find_places(np.zeros((1, 5)), texts_of_images(np.array([0, 0])))
    assert spelled_out(places) == [[4, 5]]


def test_scores_that_differ_by_rounding_are_ties():
    owners = np.array([0])
    near, far = np.array([[0.5, 0.5 - TIE / 2]]), np.array([[0.5, 0.5 - 2 * TIE]])
    assert find_places(near, texts_of_images(owners)).ranks == [2]
    assert find_places(far, texts_of_images(owners)).ranks == [1]


def test_ranking_vectors_is_ranking_their_scores_whatever_the_block(monkeypatch):
    rng = np.random.default_rng(0)
    images, texts = unit(rng, 7), unit(rng, 20)
    owners = rng.integers(7, size=20)
    judged = texts_of_images(owners)
    whole = find_places((images @ texts.T)[judged.queries], judged)
    for block in (1, 45, 2**24):
        monkeypatch.setattr(room, "BLOCK", block)
        found = rank(images, texts, judged)
        assert spelled_out(found) == spelled_out(whole)
        assert found.queries.tolist() == judged.queries.tolist()


def test_the_same_text_twice_is_a_tie_in_blocks_of_any_size(monkeypatch):
    rng = np.random.default_rng(1)
    texts = unit(rng, 64, dim=256)
    images = np.repeat(texts[:8], 3, axis=0)[:17]
    for block in (1, 50, 17 * 64):
        monkeypatch.setattr(room, "BLOCK", block)
        assert (rank(texts[:1], images, images_of_texts(np.array([0]))).ranks == 3).all()


def test_a_query_does_not_find_itself():
    texts = np.eye(3, dtype=np.float32)
    texts[1] = (0.8, 0.6, 0)
    places = rank(texts, texts, texts_of_texts(np.array([0, 0, 0])), skip_self=True)
    assert spelled_out(places) == [[1, 2]] * 3
    assert places.candidates.tolist() == [2, 2, 2]


def test_nothing_asked_is_nothing_found():
    none = np.empty(0, np.int64)
    places = rank(np.eye(2), np.eye(2), Judgments.from_pairs(none, none))
    assert (len(places.queries), places.ranks.tolist(), places.sizes.tolist()) == (0, [], [])


def test_joined_places_keep_their_queries():
    a = find_places(np.array([[3, 2, 1]]), Judgments.from_pairs(np.array([4]), np.array([1])))
    b = find_places(
        np.array([[1, 2], [1, 2]]), Judgments.from_pairs(np.array([6, 7]), np.array([0, 1]))
    )
    both = join([a, b])
    assert spelled_out(both) == [[2], [2], [1]]
    assert both.queries.tolist() == [4, 6, 7]
    assert both.candidates.tolist() == [3, 2, 2]


@pytest.mark.parametrize("broken", [np.full((3, 5), np.nan), np.ones((3, 5))])
def test_broken_scores_are_refused(broken):
    with pytest.raises(VisavisError, match="the model gives"):
        check_scores(broken)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [(np.full((3, 5), np.nan), "not numbers"), (np.ones((3, 5)), r"every image .*collapsed")],
)
def test_broken_vectors_are_refused(broken, reason):
    with pytest.raises(VisavisError, match=reason):
        check_vectors(broken, "image")


def test_a_single_vector_is_no_collapse():
    check_vectors(np.ones((1, 4)), "image")
    check_vectors(np.eye(4), "text")
