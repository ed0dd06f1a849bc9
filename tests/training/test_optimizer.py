import pytest
import torch

from visavis.training.optimizer import fit, schedule


def test_the_rate_warms_up_and_falls_by_half_a_cosine():
    shares = [schedule(step, 100, warmup=10) for step in range(100)]
    assert shares[0] == pytest.approx(0.1)
    assert max(shares) == shares[9]
    assert schedule(50, 100) == pytest.approx(0.5)
    assert shares[99] < 0.001


def test_a_constant_rate_only_warms_up():
    shares = [schedule(step, 30, warmup=100, cosine=False) for step in range(30)]
    assert shares[:2] == pytest.approx([0.1, 0.2])  # a third of the steps at most
    assert set(shares[9:]) == {1.0}


def test_a_few_parameters_are_fitted_each_at_its_rate():
    slow, fast = (torch.zeros(1, requires_grad=True) for _ in range(2))
    groups = [{"params": [slow], "peak": 1e-3}, {"params": [fast], "peak": 0.1}]

    def error():
        return ((slow - 5) ** 2 + (fast - 5) ** 2).sum()

    left = fit(groups, error, steps=200)
    assert fast.item() == pytest.approx(5, abs=0.1)
    assert 0 < slow.item() < 0.3
    assert left == pytest.approx((slow.item() - 5) ** 2, rel=0.05)
