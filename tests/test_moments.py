from __future__ import annotations

import numpy as np
import pytest

from visavis import moments
from visavis.moments import Moments

VECTORS = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)


@pytest.mark.parametrize("block", [1, 7, 50, 1000])
def test_they_are_those_of_the_formulae_whatever_the_block(monkeypatch, block):
    monkeypatch.setattr(moments, "_BLOCK", block)
    found = Moments.of(VECTORS)
    assert found.count == 50
    np.testing.assert_allclose(found.mean, VECTORS.astype(float).mean(axis=0))
    second = sum(np.outer(row, row) for row in VECTORS.astype(float)) / 50
    np.testing.assert_allclose(found.second, second)


def test_deviations_are_those_of_all_products():
    terms = np.random.default_rng(1).normal(size=(4, 6))
    expected = (VECTORS.astype(float) @ terms.T).std(axis=0)
    np.testing.assert_allclose(Moments.of(VECTORS).deviations(terms), expected)


@pytest.mark.parametrize("vectors", [VECTORS[:1], np.repeat(VECTORS[:1], 9, axis=0)])
def test_equal_vectors_do_not_deviate(vectors):
    assert Moments.of(vectors).deviations(VECTORS[:3]) == pytest.approx([0, 0, 0], abs=1e-7)


def test_nothing_has_no_moments():
    found = Moments.of(VECTORS[:0])
    assert (found.count, found.mean.tolist(), found.second.sum()) == (0, [0.0] * 6, 0)
    assert found.deviations(VECTORS[:2]).tolist() == [0, 0]
