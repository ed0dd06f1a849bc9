from __future__ import annotations

import math

import pytest
import torch

from visavis.training.towers.inverted_residuals import (
    EFFICIENTNET_LITE0,
    MOBILENET_V2,
    InvertedResiduals,
    SameConv,
    scaled,
)


@pytest.mark.parametrize("side", range(3, 12))
@pytest.mark.parametrize("stride", [1, 2])
def test_same_padding_matches_tensorflow(side, stride):
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
    network = InvertedResiduals(MOBILENET_V2).eval()
    with torch.no_grad():
        assert network(torch.zeros(2, 3, 64, 96)).shape == (2, 1280, 2, 3)
        assert network.stem(torch.zeros(1, 3, 64, 64)).shape == (1, 32, 8, 8)
    # The paper's 3.4 M less the classifier (1.28 M), batch norm folded into biases.
    assert sum(p.numel() for p in network.parameters()) == 2_206_816


@pytest.mark.parametrize("table", [MOBILENET_V2, EFFICIENTNET_LITE0])
def test_the_finer_map_has_a_grid_of_twice_the_sides(table):
    torch.manual_seed(0)
    network = InvertedResiduals(table).eval()
    with torch.no_grad():
        for height, width, cells in ((64, 96, (4, 6)), (72, 100, (5, 7))):
            pixels = torch.randn(2, 3, height, width)
            features, finer = network.pyramid(pixels)
            assert torch.equal(features, network(pixels))
            assert finer.shape == (2, network.finer, *cells)


@pytest.mark.parametrize(
    ("width", "depth", "parameters"),
    [(1.0, 1.0, 3_350_000), (1.0, 1.1, 4_108_848), (1.1, 1.2, 4_782_024)],
)
def test_efficientnet_lite_has_the_published_size(width, depth, parameters):
    """The published networks have 4.7, 5.4 and 6.1 M parameters, 1.28 M of them a classifier."""
    network = InvertedResiduals(scaled(EFFICIENTNET_LITE0, width, depth))
    assert sum(p.numel() for p in network.parameters()) == parameters
