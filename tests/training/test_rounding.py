from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from visavis.training.export.int8 import are_bytes
from visavis.training.rounding import round_convolutions, round_weights


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


@pytest.fixture
def convolutions():
    """A large convolution, one a channel, and a small one."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 64, 5, stride=2, padding=2),
        nn.ReLU6(),
        nn.Conv2d(64, 64, 5, padding=(2, 1), groups=64),
        nn.ReLU6(),
        nn.Conv2d(64, 8, 1),
    )


def test_errors_of_convolutions_cancel_out(convolutions, one_thread):
    before = copy.deepcopy(convolutions)
    images = torch.rand(24, 3, 20, 20)
    round_convolutions(convolutions, images[:16].split(8))
    large = [convolutions[n].weight.detach().numpy() for n in (0, 2)]
    assert all(map(are_bytes, large))
    assert torch.equal(convolutions[4].weight, before[4].weight)
    nearest = copy.deepcopy(before)
    with torch.no_grad():
        for layer in (nearest[0], nearest[2]):
            step = layer.weight.abs().amax(dim=(1, 2, 3), keepdim=True) / 127
            layer.weight.copy_((layer.weight / step).round() * step)
        wanted, found, plain = (each(images[16:]) for each in (before, convolutions, nearest))
    assert (found - wanted).square().mean() < (plain - wanted).square().mean() / 3


def test_rounded_convolutions_do_not_change_again(convolutions):
    round_convolutions(convolutions, [torch.rand(4, 3, 20, 20)])
    once = copy.deepcopy(convolutions)
    round_weights(convolutions, int8=True)
    assert all(torch.equal(convolutions[n].weight, once[n].weight) for n in (0, 2))
    assert torch.equal(convolutions[4].weight, once[4].weight.half().float())


def test_a_convolution_that_pads_by_name_is_left(one_thread):
    network = nn.Conv2d(3, 64, 5, padding="same")
    before = network.weight.detach().clone()
    round_convolutions(network, [torch.rand(1, 3, 8, 8)])
    assert torch.equal(network.weight, before)
