"""Values that an ONNX network stores, as float32."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, numpy_helper

SCALE = "_scale"  # ends the name of the scales of a weight in bytes


def decode(graph: GraphProto) -> dict[str, NDArray[np.float32]]:
    """Return all stored values of a network by name, as float32; bytes times their scales."""
    stored = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    single = {name: values.astype(np.float32) for name, values in stored.items()}
    scales = {scale_of(name) for name in stored}
    return {
        name: values * single.get(scale_of(name), np.float32(1))
        for name, values in single.items()
        if name not in scales
    }


def scale_of(name: str) -> str:
    """Name the scales of a weight in bytes."""
    return f"{name}{SCALE}"
