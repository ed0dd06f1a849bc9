from __future__ import annotations

import math

import pytest
import torch

from visavis.training.towers.mobilenet import DETAILS, MobileNetV2, SameConv


@pytest.mark.parametrize("side", range(3, 12))
@pytest.mark.parametrize("stride", [1, 2])
def test_same_padding_is_tensorflows(side, stride):
    """TensorFlow puts output i at input i * stride - before, before = total padding // 2."""
    conv = SameConv(1, 1, kernel=3, stride=stride, linear=True)
    torch.nn.init.ones_(conv.conv.weight)
    torch.nn.init.zeros_(conv.conv.bias)
    x = torch.arange(side * side, dtype=torch.float32).reshape(1, 1, side, side)
    outputs = math.ceil(side / stride)
    before = max((outputs - 1) * stride + 3 - side, 0) // 2
    expected = torch.zeros(outputs, outputs)
    for i in range(outputs):
        for j in range(outputs):
            top, left = i * stride - before, j * stride - before
            window = x[0, 0, max(top, 0) : top + 3, max(left, 0) : left + 3]
            expected[i, j] = window.sum()
    assert torch.equal(conv(x)[0, 0], expected)


def test_shapes_and_size():
    network = MobileNetV2().eval()
    with torch.no_grad():
        assert network(torch.zeros(2, 3, 64, 96)).shape == (2, 1280, 2, 3)
        assert network.stem(torch.zeros(1, 3, 64, 64)).shape == (1, 32, 8, 8)
    # The paper's 3.4 M less the classifier (1.28 M), batch norm folded into biases.
    assert sum(p.numel() for p in network.parameters()) == 2_206_816


def test_details_have_twice_the_cells_a_side():
    torch.manual_seed(0)
    network = MobileNetV2().eval()
    with torch.no_grad():
        for height, width, cells in ((64, 96, (4, 6)), (72, 100, (5, 7))):
            pixels = torch.randn(2, 3, height, width)
            features, details = network.levels(network.stem(pixels))
            assert torch.equal(features, network(pixels))
            assert details.shape == (2, DETAILS, *cells)
