from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from visavis.training.rounding import round_weights


@pytest.fixture
def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 32), nn.Conv2d(64, 32, 1), nn.Linear(4, 4))


def test_weights_are_rounded_to_half_precision(network):
    round_weights(network, int8=False)
    assert all(torch.equal(value, value.half().float()) for value in network.parameters())


def test_matrices_are_rounded_to_bytes_and_the_rest_to_half_precision(network):
    before = copy.deepcopy(network)
    round_weights(network, int8=True)
    matrix, old = network[0].weight, before[0].weight
    step = old.abs().amax(dim=1, keepdim=True) / 127
    steps = matrix / step
    assert torch.allclose(steps, steps.round(), atol=1e-3)
    assert (matrix - old).abs().le(0.501 * step).all()
    for layer, other in ((network[1], before[1]), (network[2], before[2])):
        assert torch.equal(layer.weight, other.weight.half().float())


def test_what_is_rounded_does_not_change_again(network):
    round_weights(network, int8=True)
    once = copy.deepcopy(network)
    round_weights(network, int8=True)
    for value, before in zip(network.parameters(), once.parameters(), strict=True):
        assert torch.allclose(value, before, rtol=1e-6, atol=0)
