from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

from visavis.evaluation.significance import ROUNDS, holm_correction, p_value


def exact_p_value(differences, images):
    """The exact test: all ways to swap the two models, image by image."""
    names = np.unique(images)
    observed = abs(differences.sum())
    extreme = [
        abs(sum(s * differences[images == n].sum() for s, n in zip(signs, names, strict=True)))
        >= observed - 1e-9
        for signs in product((-1, 1), repeat=len(names))
    ]
    return np.mean(extreme)


@pytest.mark.parametrize("seed", range(5))
def test_p_is_close_to_the_exact_test(seed):
    rng = np.random.default_rng(seed)
    images = rng.integers(10, size=25)
    differences = rng.integers(-1, 2, size=25) + rng.choice([0, 0.4], size=25)
    assert p_value(differences, images) == pytest.approx(
        exact_p_value(differences, images), abs=0.02
    )


def test_an_independent_library_agrees():
    differences = np.random.default_rng(2).normal(0.25, 1, size=60)
    theirs = stats.permutation_test(
        (differences, np.zeros(60)),
        lambda a, b, axis: np.mean(a - b, axis=axis),
        permutation_type="samples",
        vectorized=True,
        rng=1,
    ).pvalue
    assert p_value(differences, np.arange(60)) == pytest.approx(theirs, abs=0.015)


def test_equal_models_do_not_differ():
    assert p_value(np.zeros(20), np.arange(20)) == 1


def test_a_model_that_always_wins_has_the_lowest_p():
    assert p_value(np.ones(50), np.arange(50)) == pytest.approx(1 / (ROUNDS + 1))


def test_captions_of_one_image_are_not_independent():
    wins = np.ones(50)
    assert p_value(wins, np.arange(50).repeat(1)) < 0.001
    assert p_value(wins, np.arange(2).repeat(25)) > 0.4


def test_holm_multiplies_the_smallest_most():
    assert holm_correction([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm_correction([0.9, 0.8]) == [1, 1]
    assert holm_correction([]) == []
