from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, checker, helper

from visavis.training.export.regions import encode_regions_on_demand

MASKS = np.array([[1, 1, 1, 1], [1, 0, 0, 0], [0, 0, 1, 1]], dtype=bool)


@pytest.fixture
def session(tmp_path):
    """Return a network that counts the grid cells of each mask, and once took the masks."""
    taken = helper.make_tensor_value_info("masks", TensorProto.BOOL, ["parts", 4])
    given = helper.make_tensor_value_info("counts", TensorProto.INT64, ["parts", 1])
    nodes = [
        helper.make_node("Cast", ["masks"], ["numbers"], to=TensorProto.INT64),
        helper.make_node("ReduceSum", ["numbers", "axis"], ["counts"]),
    ]
    axis = helper.make_tensor("axis", TensorProto.INT64, [1], [1])
    graph = helper.make_graph(nodes, "cells", [taken], [given], [axis])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    encode_regions_on_demand(model, MASKS)
    checker.check_model(model)
    return onnxruntime.InferenceSession(model.SerializeToString())


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_as_many_vectors_as_are_asked_for(session, parts):
    (counts,) = session.run(None, {"parts": np.array([parts])})
    assert counts[:, 0].tolist() == [4, 1, 2][:parts]


def test_one_vector_if_nobody_asks(session):
    assert session.get_inputs() == []
    (counts,) = session.run(None, {})
    assert counts.tolist() == [[4]]
