import numpy as np
import pytest

from relevance import area_under_curve, deal, relevance_of
from visavis.encoders.relevance import RelevanceCurve
from visavis.evaluation.calibration import Outcomes


def test_the_area_is_the_share_of_pairs_in_order():
    rng = np.random.default_rng(0)
    values, positive = rng.integers(0, 9, 60) / 9, rng.random(60) < 0.4
    times = rng.integers(0, 3, 60).astype(float)
    won = total = 0.0
    for p in np.flatnonzero(positive):
        for n in np.flatnonzero(~positive):
            weight = times[p] * times[n]
            total += weight
            won += weight * ((values[p] > values[n]) + (values[p] == values[n]) / 2)
    assert area_under_curve(values, positive)(times) == pytest.approx(won / total)


def test_halves_share_no_image():
    one, other = deal(101)
    assert sorted([*one, *other]) == list(range(101))


def test_relevance_is_that_of_the_curve():
    curve = RelevanceCurve(-6, 17, -0.5, -0.3, 0.3)
    found = Outcomes(*(np.array([n]) for n in (0.6, 100.0, 3.0, 2.0, True, 0)))
    assert relevance_of(found, curve) == pytest.approx(curve.relevance(0.6, "a red dog", 100))
