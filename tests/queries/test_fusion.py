import math
from statistics import fmean, pstdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.queries.fusion import DEFAULT_FUSION, FUSIONS

SIMILARITIES = np.array([[0.9, 0.5, -0.2, 0.5], [0.1, 0.4, 0.3, 0.2]])
WEIGHTS = np.array([2.0, -1.0])

cosines = st.floats(-1, 1).map(lambda value: round(value, 3))
weights = st.floats(0.1, 10).map(lambda value: round(value, 2))


def fuse(name, similarities=SIMILARITIES, by=WEIGHTS):
    return FUSIONS.get(name)(np.asarray(similarities), np.asarray(by, float))


def test_there_are_five_and_one_is_the_default():
    assert FUSIONS.names() == ["calibrated", "centred", "product", "rrf", "sum"]
    assert DEFAULT_FUSION in FUSIONS
    assert [name for name in FUSIONS.names() if FUSIONS.get(name).centred] == ["centred"]


def test_taking_the_mean_of_the_items_away_as_well_would_change_nothing():
    rng = np.random.default_rng(0)
    terms, items = rng.normal(size=(2, 8)), rng.normal(size=(50, 8))
    moved = items - items.mean(axis=0)
    np.testing.assert_allclose(fuse("centred", terms @ items.T), fuse("centred", terms @ moved.T))


def test_sum_is_the_weighted_mean():
    expected = [(2 * a - b) / 3 for a, b in SIMILARITIES.T]
    np.testing.assert_allclose(fuse("sum"), expected)


def test_sum_ranks_like_the_joint_vector():
    rng = np.random.default_rng(0)
    terms, items = rng.normal(size=(3, 8)), rng.normal(size=(50, 8))
    by = np.array([1.0, 0.5, -2.0])
    joint = items @ (by @ terms)
    assert (np.argsort(fuse("sum", terms @ items.T, by)) == np.argsort(joint)).all()


def test_product_is_the_weighted_geometric_mean_of_what_is_clamped():
    expected = [(max(a, 0) ** 2 * (1 - max(b, 0))) ** (1 / 3) for a, b in SIMILARITIES.T]
    np.testing.assert_allclose(fuse("product"), expected)


def test_calibrated_measures_each_term_in_its_own_deviations():
    a, b = SIMILARITIES
    mixed = [
        (2 * (x - fmean(a)) / pstdev(a) - (y - fmean(b)) / pstdev(b)) / 3
        for x, y in zip(a, b, strict=True)
    ]
    np.testing.assert_allclose(fuse("calibrated"), [m / (1 + abs(m)) for m in mixed])


def test_calibrated_does_not_mind_another_scale():
    moved = SIMILARITIES * [[0.1], [1]] + [[0.7], [0]]
    np.testing.assert_allclose(fuse("calibrated", moved), fuse("calibrated"))


def test_rrf_counts_places_and_equals_share_one():
    # The first term ranks 1, 2, 4, 2; the second, being negative, 1, 4, 3, 2.
    ranks = [(1, 1), (2, 4), (4, 3), (2, 2)]
    expected = [(2 * 61 / (60 + a) + 61 / (60 + b)) / 3 for a, b in ranks]
    np.testing.assert_allclose(fuse("rrf"), expected)


@pytest.mark.parametrize("name", FUSIONS.names())
@given(data=st.data())
def test_promises_of_every_fusion(name, data):
    count = data.draw(st.integers(1, 6))
    similarities = np.array(
        data.draw(
            st.lists(st.lists(cosines, min_size=count, max_size=count), min_size=1, max_size=5)
        )
    )
    signs = st.sampled_from([1, -1])
    by = np.array([data.draw(weights) * data.draw(signs) for _ in similarities])
    scores = fuse(name, similarities, by)
    assert scores.shape == (count,)
    low = 0 if name in {"product", "rrf"} else -1
    assert ((low <= scores) & (scores <= 1 + 1e-12)).all()
    np.testing.assert_allclose(fuse(name, similarities, 3 * by), scores, atol=1e-9)
    if (by > 0).all():
        better = similarities.copy()
        better[:, 0] = 1.0
        assert fuse(name, better, by)[0] >= fuse(name, better, by).max() - 1e-9


@pytest.mark.parametrize("name", FUSIONS.names())
@pytest.mark.parametrize("weight", [1.0, -1.0])
def test_one_term_ranks_as_its_similarities_do(name, weight):
    row = np.array([[0.3, 0.1, 0.8]])
    assert np.argsort(fuse(name, row, [weight])).tolist() == np.argsort(weight * row[0]).tolist()


@pytest.mark.parametrize("name", FUSIONS.names())
def test_enormous_weights_and_items_all_alike(name):
    scores = fuse(name, [[0.5, 0.5], [0.2, 0.2]], [1e308, 1e308])
    assert math.isfinite(scores[0])
    assert scores[0] == scores[1]


@pytest.mark.parametrize("name", FUSIONS.names())
def test_forty_terms(name):
    rng = np.random.default_rng(0)
    scores = fuse(name, rng.uniform(0.01, 1, (40, 100)), rng.choice([-1.0, 1.0], 40))
    assert np.isfinite(scores).all()
    assert len(set(np.round(scores, 6))) > 50
