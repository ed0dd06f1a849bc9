from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from visavis.training.export.half import store_half
from visavis.training.export.tables import store_tables_in_bytes

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
    store_tables_in_bytes(graph)
    onnx.checker.check_model(graph)
    types = {weight.name: weight.data_type for weight in graph.graph.initializer}
    assert types == {"table": TensorProto.INT8, "table_scale": TensorProto.FLOAT}
    steps = np.abs(table[ROWS]).max(axis=1, keepdims=True) / 127
    assert (np.abs(run(graph) - table[ROWS]) <= 0.501 * steps).all()


def test_scales_in_half_precision(graph, table):
    store_tables_in_bytes(graph)
    store_half(graph)
    np.testing.assert_allclose(run(graph), table[ROWS], atol=0.01 * np.abs(table).max())


def test_a_small_table_does_not_change(graph):
    small = np.ones((5, 8), np.float32)
    graph.graph.initializer[0].CopyFrom(numpy_helper.from_array(small, "table"))
    before = graph.SerializeToString()
    store_tables_in_bytes(graph)
    assert graph.SerializeToString() == before


@pytest.mark.parametrize("also", ["multiplied", "columns"])
def test_a_table_with_another_use_does_not_change(graph, also):
    node = (
        helper.make_node("MatMul", ["out", "table"], ["product"])
        if also == "multiplied"
        else helper.make_node("Gather", ["table", "ids"], ["columns"], axis=1)
    )
    graph.graph.node.append(node)
    before = graph.SerializeToString()
    store_tables_in_bytes(graph)
    assert graph.SerializeToString() == before
