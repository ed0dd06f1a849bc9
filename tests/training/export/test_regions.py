from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, checker, helper

from visavis.training.export.regions import encode_regions_on_demand

MASKS = np.array([[1, 1, 1, 1], [1, 0, 0, 0], [0, 0, 1, 1]], dtype=bool)


@pytest.fixture
def session(tmp_path):
    """A network that counts the grid cells of each mask, with the masks made constant."""
    masks = helper.make_tensor_value_info("masks", TensorProto.BOOL, ["parts", 4])
    counts = helper.make_tensor_value_info("counts", TensorProto.INT64, ["parts", 1])
    nodes = [
        helper.make_node("Cast", ["masks"], ["numbers"], to=TensorProto.INT64),
        helper.make_node("ReduceSum", ["numbers", "axis"], ["counts"]),
    ]
    axis = helper.make_tensor("axis", TensorProto.INT64, [1], [1])
    graph = helper.make_graph(nodes, "cells", [masks], [counts], [axis])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    encode_regions_on_demand(model, MASKS)
    checker.check_model(model)
    return onnxruntime.InferenceSession(model.SerializeToString())


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_number_of_vectors_is_an_input(session, count):
    (counts,) = session.run(None, {"parts": np.array([count])})
    assert counts[:, 0].tolist() == [4, 1, 2][:count]


def test_one_vector_by_default(session):
    assert session.get_inputs() == []
    (counts,) = session.run(None, {})
    assert counts.tolist() == [[4]]
