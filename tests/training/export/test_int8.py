from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from visavis.training.export.half import store_half
from visavis.training.export.int8 import (
    are_bytes,
    restore_convolutions,
    restore_matrices,
    store_int8,
)

ROWS = np.array([3, 0, 1999])


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(2000, 8)) * rng.uniform(0.01, 10, size=(2000, 1))
    values[0] = 0  # padding
    return values.astype(np.float32)


@pytest.fixture
def graph(table):
    return helper.make_model(
        helper.make_graph(
            [helper.make_node("Gather", ["table", "ids"], ["out"])],
            "tiny",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, ["n"])],
            [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", 8])],
            [numpy_helper.from_array(table, "table")],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=9,
    )


def run(model):
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"ids": ROWS})[0]


def test_the_error_is_at_most_half_a_step_of_the_row(graph, table):
    store_int8(graph)
    onnx.checker.check_model(graph)
    types = {weight.name: weight.data_type for weight in graph.graph.initializer}
    assert types == {"table": TensorProto.INT8, "table_scale": TensorProto.FLOAT}
    steps = np.abs(table[ROWS]).max(axis=1, keepdims=True) / 127
    assert (np.abs(run(graph) - table[ROWS]) <= 0.501 * steps).all()


def test_scales_stay_in_single_precision(graph, table):
    table *= 1e-6  # so that scales are too small for half precision
    graph.graph.initializer[0].CopyFrom(numpy_helper.from_array(table, "table"))
    store_int8(graph)
    store_half(graph)
    steps = np.abs(table[ROWS]).max(axis=1, keepdims=True) / 127
    assert (np.abs(run(graph) - table[ROWS]) <= 0.501 * steps).all()


def test_a_small_table_does_not_change(graph):
    small = np.ones((5, 8), np.float32)
    graph.graph.initializer[0].CopyFrom(numpy_helper.from_array(small, "table"))
    before = graph.SerializeToString()
    store_int8(graph)
    assert graph.SerializeToString() == before


def test_a_table_that_is_also_multiplied_is_one_matrix_for_both(graph, table):
    node = helper.make_node("MatMul", ["out", "square"], ["product"])
    graph.graph.node.append(node)
    square = np.random.default_rng(1).normal(size=(8, 8)).astype(np.float32)
    graph.graph.initializer.append(numpy_helper.from_array(square, "square"))
    graph.graph.node.append(helper.make_node("MatMul", ["out", "turned"], ["scores"]))
    graph.graph.node.insert(0, helper.make_node("Transpose", ["table"], ["turned"]))
    store_int8(graph)
    np.testing.assert_allclose(run(graph), table[ROWS], atol=0.01 * np.abs(table).max())


@pytest.mark.parametrize("scaled", ["rows", "columns"])
def test_a_matrix_rounded_along_either_axis_is_kept_as_it_is(scaled):
    rng = np.random.default_rng(0)
    steps = rng.integers(-126, 127, (40, 50))
    steps[0], steps[:, 0] = 127, 127  # so that 127 steps are the largest of each row and column
    matrix = (steps * rng.uniform(0.01, 10, (40, 1) if scaled == "rows" else (1, 50))).astype("f4")
    product = helper.make_model(
        helper.make_graph(
            [helper.make_node("MatMul", ["x", "matrix"], ["y"])],
            "tiny",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [3, 40])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [3, 50])],
            [numpy_helper.from_array(matrix, "matrix")],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=9,
    )
    store_int8(product)
    onnx.checker.check_model(product)
    types = {weight.name: weight.data_type for weight in product.graph.initializer}
    assert types == {"matrix": TensorProto.INT8, "matrix_scale": TensorProto.FLOAT}
    x = rng.normal(size=(3, 40)).astype(np.float32)
    session = onnxruntime.InferenceSession(product.SerializeToString())
    found = session.run(None, {"x": x})[0]
    np.testing.assert_allclose(found, x @ matrix, rtol=1e-4, atol=1e-2)
    restore_matrices(product)
    onnx.checker.check_model(product)
    assert [weight.data_type for weight in product.graph.initializer] == [TensorProto.FLOAT]
    session = onnxruntime.InferenceSession(product.SerializeToString())
    np.testing.assert_allclose(session.run(None, {"x": x})[0], found, rtol=1e-5, atol=1e-3)


def convolution(weights):
    return helper.make_model(
        helper.make_graph(
            [helper.make_node("Conv", ["x", "kernel"], ["y"])],
            "tiny",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 8, 5, 5])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, len(weights), 3, 3])],
            [numpy_helper.from_array(weights, "kernel")],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=9,
    )


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("rows", [40, 1100])
def test_a_convolution_rounded_to_bytes_is_kept_as_it_is(rows, half):
    rng = np.random.default_rng(0)
    steps = rng.integers(-126, 127, (rows, 8, 3, 3))
    steps[:, 0, 1, 1] = -127
    weights = (steps * rng.uniform(0.001, 0.01, (rows, 1, 1, 1))).astype(np.float32)
    weights[3], weights[4] = 0, weights[4] * 1e-12
    assert are_bytes(weights)
    model = convolution(weights)
    store_int8(model)
    if half:
        store_half(model)
    onnx.checker.check_model(model)
    assert {w.name: w.data_type for w in model.graph.initializer}["kernel"] == TensorProto.INT8
    assert model.ByteSize() < 1.1 * steps.size + 4 * rows + 1000
    x = {"x": rng.normal(size=(1, 8, 5, 5)).astype(np.float32)}
    session = onnxruntime.InferenceSession(model.SerializeToString())
    found = session.run(None, x)[0]
    wanted = onnxruntime.InferenceSession(convolution(weights).SerializeToString()).run(None, x)[0]
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)
    assert restore_convolutions(model) == ["kernel"]
    onnx.checker.check_model(model)
    (restored,) = (numpy_helper.to_array(weight) for weight in model.graph.initializer)
    np.testing.assert_allclose(restored, weights, rtol=1e-6)
    assert are_bytes(restored)
    assert [node.op_type for node in model.graph.node] == ["Conv"]


def test_a_convolution_that_bytes_would_change_is_not_stored_in_them():
    weights = np.random.default_rng(0).normal(size=(40, 8, 3, 3)).astype(np.float32)
    model = convolution(weights)
    before = model.SerializeToString()
    store_int8(model)
    assert model.SerializeToString() == before
    assert restore_convolutions(model) == []
