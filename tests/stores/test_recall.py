from __future__ import annotations

import numpy as np
import pytest

from records import DIM, caption, image, unit
from visavis.stores.recall import measure_recall, sample_queries
from visavis.types import Hits


@pytest.fixture
def filled(store):
    rng = np.random.default_rng(0)
    store.upsert(image(f"i{n:02}", unit(*rng.normal(size=DIM))) for n in range(40))
    store.upsert(caption(f"t{n}", unit(*rng.normal(size=DIM)), "words") for n in range(5))
    return store


def test_queries_are_of_the_other_modality_if_there_are_enough(filled):
    texts = filled.vectors([f"t{n}" for n in range(5)])
    np.testing.assert_array_equal(sample_queries(filled, "image", 5), texts)
    images = filled.vectors([f"i{n:02}" for n in range(6)])
    np.testing.assert_array_equal(sample_queries(filled, "image", 6), images)


def test_an_index_of_so_few_finds_all(filled):
    recall = measure_recall(filled, "image", sample_queries(filled, "image", 5))
    assert (recall.queries, recall.k, recall.share) == (5, 10, 1.0)
    assert recall.milliseconds > 0 < recall.exact_milliseconds


def test_what_is_left_out_lowers_it(filled, monkeypatch):
    search = filled.search

    def halved(queries, k, modality, *, regions, exact):
        (hits,) = search(queries, k, modality, regions=regions, exact=exact)
        return [hits if exact else Hits(hits[: k // 2], exact=False)]

    monkeypatch.setattr(filled, "search", halved)
    assert measure_recall(filled, "image", sample_queries(filled, "image", 5)).share == 0.5


def test_without_queries_nothing_is_missed(store):
    recall = measure_recall(store, "image", sample_queries(store, "image", 5))
    assert (recall.queries, recall.share) == (0, 1.0)
