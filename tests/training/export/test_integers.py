from __future__ import annotations

import numpy as np
import pytest

from visavis.training.export.integers import round_to_bytes, round_to_integers
from visavis.training.export.patches import Patches

VALUES = 12


@pytest.fixture
def values():
    """Values that go together, with means: as behind a rectifier."""
    rng = np.random.default_rng(0)
    return np.maximum(rng.normal(size=(400, 3)) @ rng.normal(size=(3, VALUES)) + 3, 0)


@pytest.fixture
def weights():
    return np.random.default_rng(1).normal(size=(7, VALUES, 1, 1)).astype(np.float32)


def measured(values):
    return Patches(values.mean(axis=0)[None], np.cov(values.T, bias=True)[None])


def test_errors_of_a_sum_cancel_out(values, weights):
    made, rows = round_to_integers(weights, measured(values)), weights.reshape(7, VALUES)
    scales = made.scales[:, None]
    ours = values @ (made.integers.reshape(7, VALUES) * scales).T + made.biases
    nearest = values @ (np.round(rows / scales) * scales).T
    error, plain = (((each - values @ rows.T) ** 2).mean() for each in (ours, nearest))
    assert error < plain / 10
    assert ours.mean(axis=0) == pytest.approx((values @ rows.T).mean(axis=0), abs=1e-5)


def test_two_products_of_neighbours_fit_16_bits(values, weights):
    weights[0, :2] = 3  # the largest are neighbours
    integers = np.abs(round_to_integers(weights, measured(values)).integers.astype(int))
    assert (integers[:, ::2] + integers[:, 1::2]).max() in {127, 128}
    assert integers.max() > 90
    apart = round_to_integers(weights.reshape(7, 3, 2, 2), measured(values)).integers
    assert np.abs(apart.astype(int)).max() == 64


def test_no_row_loses_what_its_neighbours_take():
    rng = np.random.default_rng(4)  # the largest weights of one row grow while it is rounded
    values = np.maximum(rng.normal(size=(400, 3)) @ rng.normal(size=(3, VALUES)) + 3, 0)
    weights = rng.normal(size=(64, VALUES, 1, 1)).astype(np.float32)
    made, rows = round_to_integers(weights, measured(values)), weights.reshape(64, VALUES)
    errors = values @ (made.integers.reshape(64, VALUES) * made.scales[:, None] - rows).T
    assert errors.std(axis=0).max() < 3 * errors.std(axis=0).mean()


def test_groups_are_rounded_by_their_own_values(values):
    weights = np.random.default_rng(2).normal(size=(4, 3, 1, 2)).astype(np.float32)
    halves = [measured(values[:, :6]), measured(values[:, 6:])]
    both = Patches(*(np.concatenate(each) for each in zip(*map(moments, halves), strict=True)))
    together = round_to_integers(weights, both)
    for n, half in enumerate(halves):
        alone = round_to_integers(weights[2 * n : 2 * n + 2], half)
        assert np.array_equal(together.integers[2 * n : 2 * n + 2], alone.integers)
        assert together.biases[2 * n : 2 * n + 2] == pytest.approx(alone.biases)


def moments(patches):
    return patches.mean, patches.covariance


def test_rows_and_values_that_are_zero_stay_zero(values, weights):
    weights[3], values[:, 5] = 0, 0
    made = round_to_integers(weights, measured(values))
    assert not made.integers[3].any()
    assert np.isfinite(made.scales).all()
    assert np.isfinite(made.biases).all()
    assert not round_to_integers(np.zeros_like(weights), measured(0 * values)).integers.any()


def test_bytes_tell_their_scales_and_errors_cancel_out(values, weights):
    weights[2] *= 1e-12  # a channel that does next to nothing
    made, rows = round_to_bytes(weights, measured(values)), weights.reshape(7, VALUES)
    integers = made.integers.reshape(7, VALUES)
    largest = np.abs(rows).argmax(axis=1)[:, None]
    assert (np.abs(np.take_along_axis(integers, largest, axis=1)) == 127).all()
    ours = values @ (integers * made.scales[:, None]).T + made.biases
    nearest = values @ (np.round(rows / made.scales[:, None]) * made.scales[:, None]).T
    error, plain = (((each - values @ rows.T) ** 2).mean() for each in (ours, nearest))
    assert error < plain / 10


def test_without_a_bias_the_mean_cancels_out_too(values, weights):
    patches, rows = measured(values), weights.reshape(7, VALUES)
    made, blind = (round_to_bytes(weights, each) for each in (patches.around_zero(), patches))
    wanted = values @ rows.T
    error, other = (
        (
            (values @ (each.integers.reshape(7, VALUES) * each.scales[:, None]).T - wanted) ** 2
        ).mean()
        for each in (made, blind)
    )
    assert error < other / 2
    assert not made.biases.any()
