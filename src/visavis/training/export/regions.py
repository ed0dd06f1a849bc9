"""Regions on demand: a network encodes full images only, unless asked for their regions too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper

from visavis.encoders.onnx import COUNT_INPUT

MASKS_INPUT = "masks"


def encode_regions_on_demand(model: ModelProto, masks: NDArray[np.bool_]) -> None:
    """Store the `masks` (vectors, grid²) that a network takes as an input inside of it.

    Instead it takes `parts`, (1,) int64: how many vectors to encode for each image. Not given, it
    is 1, the full image: an initializer that is also an input is a default.
    """
    graph = model.graph
    (taken,) = (each for each in graph.input if each.name == MASKS_INPUT)
    graph.input.remove(taken)
    graph.input.append(helper.make_tensor_value_info(COUNT_INPUT, TensorProto.INT64, [1]))
    known = {"all_masks": masks, "first_part": np.array([0]), COUNT_INPUT: np.array([1])}
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in known.items())
    some = helper.make_node("Slice", ["all_masks", "first_part", COUNT_INPUT], [MASKS_INPUT])
    graph.node.insert(0, some)
