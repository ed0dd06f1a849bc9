from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

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


@pytest.fixture(params=[True, False], ids=["bias", "no bias"])
def convolutions(request):
    """A large convolution, one a channel, one of groups, and a small one."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 64, 5, stride=2, padding=2, bias=request.param),
        nn.ReLU6(),
        nn.Conv2d(64, 64, 5, padding=(2, 1), groups=64, bias=request.param),
        nn.ReLU6(),
        nn.Conv2d(64, 32, 3, groups=2, bias=request.param),
        nn.ReLU6(),
        nn.Conv2d(32, 8, 1),
    )


LARGE = (0, 2, 4)


def test_errors_of_convolutions_cancel_out(convolutions, one_thread):
    before = copy.deepcopy(convolutions)
    images = torch.rand(24, 3, 20, 20)
    round_convolutions(convolutions, images[:16].split(8))
    large = [convolutions[n].weight.detach().numpy() for n in LARGE]
    assert all(map(are_bytes, large))
    assert torch.equal(convolutions[6].weight, before[6].weight)
    nearest = copy.deepcopy(before)
    with torch.no_grad():
        for layer in (nearest[n] for n in LARGE):
            step = layer.weight.abs().amax(dim=(1, 2, 3), keepdim=True) / 127
            layer.weight.copy_((layer.weight / step).round() * step)
        wanted, found, plain = (each(images[16:]) for each in (before, convolutions, nearest))
    assert (found - wanted).square().mean() < (plain - wanted).square().mean() / 3


def test_rounded_convolutions_do_not_change_again(convolutions):
    round_convolutions(convolutions, [torch.rand(4, 3, 20, 20)])
    once = copy.deepcopy(convolutions)
    round_weights(convolutions, int8=True)
    assert all(torch.equal(convolutions[n].weight, once[n].weight) for n in LARGE)
    assert torch.equal(convolutions[6].weight, once[6].weight.half().float())


def test_convolutions_that_pad_by_name_or_compute_their_weights_are_left(one_thread):
    network = nn.Sequential(
        nn.Conv2d(3, 64, 5, padding="same"), weight_norm(nn.Conv2d(64, 64, 1)), nn.Conv2d(64, 64, 1)
    )
    before = copy.deepcopy(network.state_dict())
    round_convolutions(network, [torch.rand(1, 3, 8, 8)])
    changed = {
        name for name, value in network.state_dict().items() if (value != before[name]).any()
    }
    assert changed == {"2.weight", "2.bias"}
