from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from visavis.training.export.half import store_half, store_single


@pytest.fixture
def graph():
    """A table that is looked up, and a weight that is multiplied by."""
    rng = np.random.default_rng(0)
    weights = {"table": rng.normal(size=(100, 40)), "weight": rng.normal(size=(40, 30))}
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["rows"]),
        helper.make_node("MatMul", ["rows", "weight"], ["out"]),
    ]
    return helper.make_model(
        helper.make_graph(
            nodes,
            "tiny",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, ["n"])],
            [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", 30])],
            [numpy_helper.from_array(v.astype(np.float32), name) for name, v in weights.items()],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=9,
    )


def run(model):
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"ids": np.array([3, 1, 99])})[0]


def test_half_precision_is_half_the_size_with_nearly_the_same_output(graph):
    expected, before = run(graph), graph.ByteSize()
    store_half(graph)
    onnx.checker.check_model(graph)
    assert graph.ByteSize() < 0.6 * before
    np.testing.assert_allclose(run(graph), expected, rtol=0.01, atol=0.02)


def test_single_precision_comes_back_for_factors_but_not_for_tables(graph):
    store_half(graph)
    halved = run(graph)
    store_single(graph)
    onnx.checker.check_model(graph)
    types = {weight.name: weight.data_type for weight in graph.graph.initializer}
    assert types == {"table": TensorProto.FLOAT16, "weight_single": TensorProto.FLOAT}
    np.testing.assert_allclose(run(graph), halved, atol=1e-6)
