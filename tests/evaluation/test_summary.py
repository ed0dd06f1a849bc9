from __future__ import annotations

import numpy as np
import pytest

from visavis.evaluation import metrics
from visavis.evaluation.ranks import Ranks
from visavis.evaluation.summary import intervals, summarize, summarize_with_intervals


@pytest.fixture
def ranks():
    """Eight queries with one relevant candidate each among 20."""
    ranks = np.array([1, 1, 2, 3, 6, 9, 12, 20])
    return Ranks(np.arange(8), np.arange(9), ranks, np.full(8, 20))


def test_means_are_in_percent_and_ranks_are_not(ranks):
    found = summarize(ranks)
    assert (found["R@1"], found["R@5"], found["R@10"]) == (25, 50, 75)
    assert (found["median_rank"], found["mean_rank"]) == (4.5, 6.75)
    assert found["P@10"] == 7.5
    assert found["nDCG@10"] == round(100 * metrics.ndcg_at(10, ranks).mean(), 2)


def test_every_figure_is_within_its_interval(ranks):
    found = summarize(ranks)
    bounds = intervals(ranks, np.arange(8) // 2)
    assert bounds.keys() == found.keys()
    for name, (low, high) in bounds.items():
        assert low <= found[name] <= high, name
        assert low < high, name


def test_the_stable_metrics_come_first(ranks):
    found = summarize_with_intervals(ranks, np.arange(8))
    assert list(found)[:4] == ["R@1", "R@5", "R@10", "median_rank"]
    assert found["queries"] == 8
    # The 97.5 % quantile of hits among 8 at 1 in 4 lies between 4 and 5.
    assert found["intervals"]["R@1"] in ([0, 50], [0, 62.5])
