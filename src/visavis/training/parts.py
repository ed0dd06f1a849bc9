"""Parts on demand: a network encodes whole images only, unless asked for their windows too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper

from visavis.encoders.onnx import COUNT_INPUT

PLACES_INPUT = "places"


def encode_parts_on_demand(model: ModelProto, places: NDArray[np.bool_]) -> None:
    """Let a network that takes the `places` of parts (parts, …) keep them itself.

    Instead it takes `parts`, (1,) int64: how many of them to encode. That is 1, the whole image,
    if it is not given: an initializer that is an input, too, is its default.
    """
    graph = model.graph
    (taken,) = (each for each in graph.input if each.name == PLACES_INPUT)
    graph.input.remove(taken)
    graph.input.append(helper.make_tensor_value_info(COUNT_INPUT, TensorProto.INT64, [1]))
    known = {"all_places": places, "first_part": np.array([0]), COUNT_INPUT: np.array([1])}
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in known.items())
    some = helper.make_node("Slice", ["all_places", "first_part", COUNT_INPUT], [PLACES_INPUT])
    graph.node.insert(0, some)
