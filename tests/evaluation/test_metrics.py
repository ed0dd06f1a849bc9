from __future__ import annotations

import ir_measures
import numpy as np
import pytest
from ir_measures import AP, P, R, Rprec, Success, nDCG

from visavis.evaluation import metrics
from visavis.evaluation.qrels import Qrels
from visavis.evaluation.ranks import Ranks, rank_scores


@pytest.fixture
def three():
    """Three queries with relevant candidates at 1, 3, 6; at 2; at 5, 9; of 10."""
    return Ranks(np.arange(3), np.array([0, 3, 4, 6]), np.array([1, 3, 6, 2, 5, 9]), np.full(3, 10))


def test_recall_is_the_percentage_within_k():
    ranks = np.array([1, 2, 5, 6])
    assert [metrics.recall_at(k, ranks) for k in (1, 5, 10)] == [25, 75, 100]


def test_median_rank_of_an_even_number_is_the_mean_of_the_middle_two():
    assert metrics.median_rank(np.array([1, 2, 4, 9])) == 3
    assert metrics.mean_rank(np.array([1, 2, 4, 9])) == 4


def test_recall_sum_adds_both_directions():
    assert metrics.recall_sum(np.array([1, 7]), np.array([3])) == (50 + 50 + 100) + (0 + 100 + 100)


def test_hit_is_one_if_any_relevant_candidate_is_within_k(three):
    assert metrics.hit_at(1, three).tolist() == [1, 0, 0]
    assert metrics.hit_at(5, three).tolist() == [1, 1, 1]


def test_ir_recall_is_the_share_of_relevant_candidates_found(three):
    assert metrics.ir_recall_at(5, three) == pytest.approx([2 / 3, 1, 1 / 2])


def test_precision_is_the_share_of_hits_that_are_relevant(three):
    assert metrics.precision_at(5, three) == pytest.approx([2 / 5, 1 / 5, 1 / 5])


def test_r_precision_considers_the_first_r_candidates(three):
    assert metrics.r_precision(three) == pytest.approx([2 / 3, 0, 0])


def test_average_precision_at_r_considers_the_first_r_candidates(three):
    assert metrics.average_precision_at_r(three) == pytest.approx([(1 / 1 + 2 / 3) / 3, 0, 0])


def test_ndcg_discounts_by_rank(three):
    def gain(*ranks):
        return sum(1 / np.log2(1 + rank) for rank in ranks)

    expected = [gain(1, 3) / gain(1, 2, 3), gain(2) / gain(1), gain(5) / gain(1, 2)]
    assert metrics.ndcg_at(5, three) == pytest.approx(expected)


def test_triplet_accuracy_is_the_share_of_pairs_in_order():
    scores = np.array([[0.9, 0.2, 0.5, 0.5, 0.1], [0.5, 0.4, 0.3, 0.2, 0.1]])
    right = [{0, 2}, {0, 1, 2, 3, 4}]
    pairs = np.array([(q, c) for q, own in enumerate(right) for c in own])
    found = metrics.triplet_accuracy(rank_scores(scores, Qrels.from_pairs(*pairs.T)))
    triplets = [scores[0, p] > scores[0, n] for p in right[0] for n in (1, 3, 4)]
    assert found == pytest.approx([np.mean(triplets), 1])
    assert found[0] == 5 / 6, "the tie of candidates 2 and 3 counts against the model"


@pytest.mark.parametrize("seed", range(5))
def test_an_independent_library_agrees_on_random_rankings(seed):
    """ir-measures wraps trec_eval; agreement to 1e-9."""
    rng = np.random.default_rng(seed)
    queries, candidates = 40, 120
    scores = np.stack([rng.permutation(candidates) for _ in range(queries)]).astype(np.float64)
    relevant = rng.random((queries, candidates)) < rng.uniform(0.01, 0.4, (queries, 1))
    relevant[np.arange(queries), rng.integers(candidates, size=queries)] = True
    ranks = rank_scores(scores, Qrels.from_pairs(*np.nonzero(relevant)))

    run = {str(q): {str(c): scores[q, c] for c in range(candidates)} for q in range(queries)}
    judged = {str(q): {str(c): 1 for c in np.flatnonzero(relevant[q])} for q in range(queries)}

    def theirs(measure, query=None):
        wanted = judged if query is None else {query: judged[query]}
        found = {m.query_id: m.value for m in ir_measures.iter_calc([measure], wanted, run)}
        return np.array([found[q] for q in wanted])

    for k in (1, 5, 10, 50):
        assert metrics.hit_at(k, ranks) == pytest.approx(theirs(Success @ k), abs=1e-9)
        assert metrics.ir_recall_at(k, ranks) == pytest.approx(theirs(R @ k), abs=1e-9)
        assert metrics.precision_at(k, ranks) == pytest.approx(theirs(P @ k), abs=1e-9)
        assert metrics.ndcg_at(k, ranks) == pytest.approx(theirs(nDCG @ k), abs=1e-9)
    assert metrics.r_precision(ranks) == pytest.approx(theirs(Rprec), abs=1e-9)
    # Average precision cut at R, which differs from query to query, is mAP@R.
    cut = [theirs(AP @ int(size), str(q))[0] for q, size in enumerate(ranks.counts)]
    assert metrics.average_precision_at_r(ranks) == pytest.approx(cut, abs=1e-9)
