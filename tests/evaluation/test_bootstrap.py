from __future__ import annotations

import numpy as np
import pytest

from visavis.evaluation import bootstrap
from visavis.evaluation.bootstrap import draw, mean_intervals, median_interval


@pytest.fixture
def grouped():
    rng = np.random.default_rng(3)
    images = np.sort(rng.integers(30, size=100))
    return rng.integers(1, 40, size=100), images


def replicates(values, images, statistic):
    """Slow reference: list the queries of the images drawn, one replicate at a time."""
    names = np.unique(images)
    found = []
    for times in draw(len(names)):
        resampled = [
            value
            for name, count in zip(names, times, strict=True)
            for _ in range(int(count))
            for value in values[images == name]
        ]
        found.append(statistic(resampled))
    return np.quantile(found, [0.025, 0.975])


def test_means_are_resampled_by_image(grouped):
    values, images = grouped
    columns = np.stack([values, 2.0 * values], axis=1)
    (low, high), doubled = mean_intervals(columns, images)
    assert (low, high) == pytest.approx(tuple(replicates(values, images, np.mean)))
    assert doubled == pytest.approx((2 * low, 2 * high))
    assert low < values.mean() < high


def test_medians_are_resampled_by_image(grouped):
    values, images = grouped
    assert median_interval(values, images) == pytest.approx(
        tuple(replicates(values, images, np.median))
    )


def test_captions_of_one_image_are_not_independent():
    values = np.random.default_rng(0).random(50).repeat(5)[:, None]
    ((low, high),) = mean_intervals(values, np.arange(50).repeat(5))
    ((naive_low, naive_high),) = mean_intervals(values, np.arange(250))
    assert high - low > 1.8 * (naive_high - naive_low)


def test_95_percent_of_the_intervals_cover_the_true_mean():
    rng = np.random.default_rng(7)
    samples = rng.random((200, 80)) < 0.3
    inside = 0
    for sample in samples:
        ((low, high),) = mean_intervals(sample[:, None].astype(float), np.arange(80))
        inside += low <= 0.3 <= high
    assert 0.88 <= inside / len(samples) <= 1


def test_intervals_are_reproducible(grouped):
    assert median_interval(*grouped) == median_interval(*grouped)
    assert bootstrap.draw(9).sum(axis=1).tolist() == [9] * bootstrap.REPLICATES
