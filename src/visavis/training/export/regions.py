"""Regions on demand: a network encodes only full images unless it is asked for regions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper

from visavis.encoders.onnx import COUNT_INPUT

MASKS_INPUT = "masks"


def encode_regions_on_demand(model: ModelProto, masks: NDArray[np.bool_]) -> None:
    """Turn the network's input for masks into a constant, `masks` (vectors, grid²).

    A new input `parts`, int64 (1,), is the number of vectors to encode for each image. It defaults
    to 1, the full image: in ONNX, an initializer of the same name is the default of an input.
    """
    graph = model.graph
    (replaced,) = (each for each in graph.input if each.name == MASKS_INPUT)
    graph.input.remove(replaced)
    graph.input.append(helper.make_tensor_value_info(COUNT_INPUT, TensorProto.INT64, [1]))
    constants = {"all_masks": masks, "first_part": np.array([0]), COUNT_INPUT: np.array([1])}
    graph.initializer.extend(
        numpy_helper.from_array(value, name) for name, value in constants.items()
    )
    chosen = helper.make_node("Slice", ["all_masks", "first_part", COUNT_INPUT], [MASKS_INPUT])
    graph.node.insert(0, chosen)
