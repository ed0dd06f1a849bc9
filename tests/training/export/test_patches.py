from __future__ import annotations

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from visavis.training.export.patches import Patches, Window, measure_patches, sum_products

CHANNELS, SIDE = 4, 9


def network(groups, size, **attributes):
    """Return a network of two convolutions that read the same image."""
    weights = np.ones((8, CHANNELS // groups, size, size), np.float32)
    nodes = [
        helper.make_node("Conv", ["x", "w"], [name], name, group=groups, **attributes)
        for name in ("one", "other")
    ]
    image = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", CHANNELS, SIDE, SIDE])
    graph = helper.make_graph(
        nodes,
        "network",
        [image],
        [helper.make_tensor_value_info("one", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(weights, "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


@pytest.mark.parametrize("groups", [1, 2, CHANNELS])
@pytest.mark.parametrize(
    ("size", "stride", "dilation", "padding"), [(1, 1, 1, 0), (3, 2, 1, 1), (3, 1, 2, 2)]
)
def test_patches_are_those_that_torch_unfolds(groups, size, stride, dilation, padding):
    made = network(
        groups,
        size,
        strides=[stride] * 2,
        dilations=[dilation] * 2,
        pads=[padding] * 4,
    )
    rng = np.random.default_rng(0)
    images = rng.normal(size=(3, 1, CHANNELS, SIDE, SIDE)).astype(np.float32)
    found = measure_patches(made, ["one"], [{"x": image} for image in images])
    assert found.keys() == {"one"}
    unfolded = torch.nn.functional.unfold(
        torch.from_numpy(images[:, 0]), size, dilation, padding, stride
    )
    rows = unfolded.transpose(0, 1).reshape(groups, CHANNELS // groups * size**2, -1).numpy()
    assert found["one"].mean == pytest.approx(rows.mean(axis=2), abs=1e-5)
    expected = np.stack([np.cov(each, bias=True).reshape(len(each), -1) for each in rows])
    assert found["one"].covariance == pytest.approx(expected, abs=1e-5)


def test_a_small_variance_is_not_lost_beside_a_large_mean():
    rng = np.random.default_rng(0)
    maps = (100 + 1e-3 * rng.normal(size=(5, CHANNELS, SIDE, SIDE))).astype(np.float32)
    found = Patches.of(sum(sum_products(each, Window(CHANNELS, (1, 1))) for each in maps))
    values = maps.transpose(1, 0, 2, 3).reshape(CHANNELS, -1).astype(np.float64)
    assert found.covariance[0] == pytest.approx(np.cov(values, bias=True), rel=1e-4, abs=1e-10)
