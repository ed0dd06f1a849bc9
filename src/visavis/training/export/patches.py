"""What the weights of convolutions multiply: means and covariances over images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import numpy as np
import onnx
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, ValueInfoProto, helper

from visavis.encoders.sessions import open_session

Inputs: TypeAlias = Mapping[str, NDArray[Any]]
"""The arrays of one image by the names of the network's inputs."""

POSITIONS = 1024  # of a feature map that are looked at, about


@dataclass(frozen=True, slots=True)
class Patches:
    """The values that a row of weights multiplies: their mean and covariance.

    Shapes are (groups, values) and (groups, values, values); values are in the order of weights.
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]


def measure_patches(
    model: ModelProto, names: Sequence[str], images: Sequence[Inputs]
) -> dict[str, Patches]:
    """Measure the patches of the convolutions among the named nodes, on images.

    Those whose weights are computed, or have another shape than images need, are left out.
    """
    shapes = {each.name: tuple(each.dims) for each in model.graph.initializer}
    nodes = [
        node
        for node in model.graph.node
        if node.op_type == "Conv" and node.name in names and len(shapes.get(node.input[1], ())) == 4
    ]
    shown = ModelProto()
    shown.CopyFrom(model)
    maps = list(dict.fromkeys(node.input[0] for node in nodes))
    shown.graph.output.extend(ValueInfoProto(name=name) for name in maps)
    sums: dict[str, NDArray[np.float64]] = {}
    with TemporaryDirectory() as folder:
        onnx.save(shown, path := str(Path(folder, "shown.onnx")))
        session = open_session(path)
        for image in images:
            values = dict(zip(maps, session.run(maps, dict(image)), strict=True))
            for node in nodes:
                found = _products(_patches(node, shapes[node.input[1]], values[node.input[0]][0]))
                sums[node.name] = sums.get(node.name, 0) + found
        del session  # which holds the file
    return {name: _moments(each) for name, each in sums.items()}


def _patches(
    node: NodeProto, shape: tuple[int, ...], values: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the patches of a feature map (channels, height, width): (groups, patches, values)."""
    attributes = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    (down, across), (dy, dx) = (
        attributes.get("strides", (1, 1)),
        attributes.get("dilations", (1, 1)),
    )
    top, left, bottom, right = attributes.get("pads", (0, 0, 0, 0))
    _, inputs, height, width = shape
    padded = np.pad(values, ((0, 0), (top, bottom), (left, right)))
    extent = ((height - 1) * dy + 1, (width - 1) * dx + 1)
    windows = sliding_window_view(padded, extent, (1, 2))[:, ::down, ::across, ::dy, ::dx]
    step = ceil(sqrt(windows.shape[1] * windows.shape[2] / POSITIONS))
    windows = windows[:, ::step, ::step]
    groups, count = len(values) // inputs, windows.shape[1] * windows.shape[2]
    apart = windows.reshape(groups, inputs, count, height * width).swapaxes(1, 2)
    return apart.reshape(groups, count, inputs * height * width)


def _products(patches: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sum the products of values, and of values with one: (groups, values + 1, values + 1)."""
    padded = np.pad(patches, ((0, 0), (0, 0), (0, 1)), constant_values=1)
    return (padded.swapaxes(1, 2) @ padded).astype(np.float64)


def _moments(sums: NDArray[np.float64]) -> Patches:
    means = sums / sums[:, -1:, -1:]
    mean = means[:, -1, :-1]
    return Patches(mean, means[:, :-1, :-1] - mean[:, :, None] * mean[:, None, :])
