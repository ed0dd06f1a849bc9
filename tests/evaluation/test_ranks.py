from __future__ import annotations

import numpy as np
import pytest

from visavis.evaluation import ranks as module
from visavis.evaluation.qrels import (
    Qrels,
    image_to_text_qrels,
    text_to_image_qrels,
    text_to_text_qrels,
)
from visavis.evaluation.ranks import TIE, concatenate, rank_scores, rank_vectors


def reference_ranks(row, relevant):
    """The definition: sort, an irrelevant candidate before a relevant one with its score."""
    order = sorted(range(len(row)), key=lambda n: (-row[n], n in relevant))
    return [rank for rank, n in enumerate(order, 1) if n in relevant]


def spelled_out(ranks):
    return [
        ranks.values[a:b].tolist() for a, b in zip(ranks.starts, ranks.starts[1:], strict=False)
    ]


def unit(rng, n, dim=8):
    vectors = rng.normal(size=(n, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("seed", range(30))
def test_ranks_follow_the_definition_including_ties(seed):
    rng = np.random.default_rng(seed)
    queries, candidates = int(rng.integers(1, 8)), int(rng.integers(1, 25))
    scores = rng.integers(0, 6, (queries, candidates)) / 5
    relevant = [
        set(rng.choice(candidates, rng.integers(1, candidates + 1), replace=False).tolist())
        for _ in range(queries)
    ]
    pairs = np.array([(q, c) for q, own in enumerate(relevant) for c in own])
    ranks = rank_scores(scores, Qrels.from_pairs(*pairs.T))
    assert spelled_out(ranks) == [
        reference_ranks(row, own) for row, own in zip(scores, relevant, strict=True)
    ]
    assert ranks.first.tolist() == [own[0] for own in spelled_out(ranks)]
    assert ranks.counts.tolist() == [len(own) for own in relevant]
    assert ranks.candidates.tolist() == [candidates] * queries


def test_equal_scores_rank_relevant_candidates_last():
    ranks = rank_scores(np.zeros((1, 5)), image_to_text_qrels(np.array([0, 0])))
    assert spelled_out(ranks) == [[4, 5]]


def test_scores_that_differ_by_rounding_are_ties():
    image_index = np.array([0])
    near, far = np.array([[0.5, 0.5 - TIE / 2]]), np.array([[0.5, 0.5 - 2 * TIE]])
    assert rank_scores(near, image_to_text_qrels(image_index)).first == [2]
    assert rank_scores(far, image_to_text_qrels(image_index)).first == [1]


def test_vectors_rank_like_their_scores_with_any_block_size(monkeypatch):
    rng = np.random.default_rng(0)
    images, texts = unit(rng, 7), unit(rng, 20)
    image_index = rng.integers(7, size=20)
    qrels = image_to_text_qrels(image_index)
    whole = rank_scores((images @ texts.T)[qrels.queries], qrels)
    for block in (1, 45, 2**24):
        monkeypatch.setattr(module, "BLOCK", block)
        found = rank_vectors(images, texts, qrels)
        assert spelled_out(found) == spelled_out(whole)
        assert found.queries.tolist() == qrels.queries.tolist()


def test_duplicate_candidates_tie_with_any_block_size(monkeypatch):
    rng = np.random.default_rng(1)
    texts = unit(rng, 64, dim=256)
    images = np.repeat(texts[:8], 3, axis=0)[:17]
    for block in (1, 50, 17 * 64):
        monkeypatch.setattr(module, "BLOCK", block)
        assert (
            rank_vectors(texts[:1], images, text_to_image_qrels(np.array([0]))).first == 3
        ).all()


def test_a_query_does_not_find_itself():
    texts = np.eye(3, dtype=np.float32)
    texts[1] = (0.8, 0.6, 0)
    ranks = rank_vectors(texts, texts, text_to_text_qrels(np.array([0, 0, 0])), skip_self=True)
    assert spelled_out(ranks) == [[1, 2]] * 3
    assert ranks.candidates.tolist() == [2, 2, 2]


def test_no_queries_give_no_ranks():
    none = np.empty(0, np.int64)
    ranks = rank_vectors(np.eye(2), np.eye(2), Qrels.from_pairs(none, none))
    assert (len(ranks.queries), ranks.first.tolist(), ranks.counts.tolist()) == (0, [], [])


def test_concatenated_ranks_keep_their_queries():
    a = rank_scores(np.array([[3, 2, 1]]), Qrels.from_pairs(np.array([4]), np.array([1])))
    b = rank_scores(
        np.array([[1, 2], [1, 2]]), Qrels.from_pairs(np.array([6, 7]), np.array([0, 1]))
    )
    both = concatenate([a, b])
    assert spelled_out(both) == [[2], [2], [1]]
    assert both.queries.tolist() == [4, 6, 7]
    assert both.candidates.tolist() == [3, 2, 2]
