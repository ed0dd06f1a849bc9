from __future__ import annotations

import math

import pytest
import torch

from visavis.training.losses import info_nce, max_hinge


def matrices(seed):
    torch.manual_seed(seed)
    rows, columns = 5, 7
    positives = torch.rand(rows, columns) < 0.3
    positives[torch.arange(rows), torch.randint(0, columns - 1, (rows,))] = True
    positives[:, -1] = False
    return torch.randn(rows, columns, dtype=torch.float64, requires_grad=True), positives


@pytest.mark.parametrize("seed", range(5))
def test_info_nce_is_the_written_formula(seed):
    s, positives = matrices(seed)
    total = 0.0
    for row, own_positives in zip(s.tolist(), positives.tolist(), strict=True):
        whole = sum(math.exp(v) for v in row)
        own = [math.log(math.exp(v) / whole) for v, p in zip(row, own_positives, strict=True) if p]
        total -= sum(own) / len(own)
    assert info_nce(s, positives).item() == pytest.approx(total / len(s))


@pytest.mark.parametrize("seed", range(5))
def test_max_hinge_is_the_written_formula(seed):
    s, positives = matrices(seed)
    terms = [
        max(0, 0.2 - s[i, p].item() + max(s[i, j].item() for j in range(7) if not positives[i, j]))
        for i, p in positives.nonzero().tolist()
    ]
    assert max_hinge(s, positives, 0.2).item() == pytest.approx(sum(terms) / len(terms))


@pytest.mark.parametrize("loss", [info_nce, lambda s, p: max_hinge(s, p, 0.2)])
def test_gradients_agree_with_finite_differences(loss):
    s, positives = matrices(3)
    assert torch.autograd.gradcheck(lambda x: loss(x, positives), (s,))


def test_one_positive_is_cross_entropy():
    s, _ = matrices(1)
    s = s[:, :5]
    expected = torch.nn.functional.cross_entropy(s, torch.arange(5))
    assert info_nce(s, torch.eye(5, dtype=torch.bool)).item() == pytest.approx(expected.item())


def test_max_hinge_without_any_negative_is_zero():
    assert max_hinge(torch.ones(2, 1), torch.ones(2, 1, dtype=torch.bool), 0.2) == 0
