"""What the weights of convolutions multiply: means and covariances over images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self, TypeAlias

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

    def around_zero(self) -> Self:
        """Return the second moments, for weights without a bias, which would take up the mean."""
        square = self.mean[:, :, None] * self.mean[:, None, :]
        return replace(self, mean=np.zeros_like(self.mean), covariance=self.covariance + square)

    @classmethod
    def of(cls, sums: NDArray[np.float64]) -> Self:
        """Return the moments that sums of `sum_products` have."""
        means = sums / sums[:, -1:, -1:]
        mean = means[:, -1, :-1]
        return cls(mean, means[:, :-1, :-1] - mean[:, :, None] * mean[:, None, :])


@dataclass(frozen=True, slots=True)
class Window:
    """What a convolution reads at a time: its inputs, height and width, and how it moves.

    `pads` are at the top, on the left, at the bottom and on the right.
    """

    inputs: int
    size: tuple[int, int]
    strides: Sequence[int] = (1, 1)
    dilations: Sequence[int] = (1, 1)
    pads: Sequence[int] = (0, 0, 0, 0)


def sum_products(values: NDArray[np.float32], window: Window) -> NDArray[np.float64]:
    """Sum the products of the values in patches of a feature map, and of values with one.

    The map is (channels, height, width), the sums are (groups, values + 1, values + 1); of some
    positions `POSITIONS`, about, are looked at.
    """
    top, left, bottom, right = window.pads
    (height, width), (dy, dx), (down, across) = window.size, window.dilations, window.strides
    padded = np.pad(values, ((0, 0), (top, bottom), (left, right)))
    extent = ((height - 1) * dy + 1, (width - 1) * dx + 1)
    windows = sliding_window_view(padded, extent, (1, 2))[:, ::down, ::across, ::dy, ::dx]
    step = ceil(sqrt(windows.shape[1] * windows.shape[2] / POSITIONS))
    windows = windows[:, ::step, ::step]
    groups, count = len(values) // window.inputs, windows.shape[1] * windows.shape[2]
    parts = windows.reshape(groups, window.inputs, count, height * width).swapaxes(1, 2)
    patches = parts.reshape(groups, count, window.inputs * height * width)
    mean = patches.mean(axis=1, dtype=np.float64)
    apart = patches - mean[:, None].astype(np.float32)  # else a small variance is lost beside it
    means = np.pad(mean, ((0, 0), (0, 1)), constant_values=1)
    sums: NDArray[np.float64] = count * means[:, :, None] * means[:, None, :]
    sums[:, :-1, :-1] += apart.swapaxes(1, 2) @ apart
    return sums


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
                window = _window(node, shapes[node.input[1]])
                found = sum_products(values[node.input[0]][0], window)
                sums[node.name] = sums.get(node.name, 0) + found
        del session  # which holds the file
    return {name: Patches.of(each) for name, each in sums.items()}


def _window(node: NodeProto, shape: tuple[int, ...]) -> Window:
    attributes = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    _, inputs, height, width = shape
    return Window(
        inputs,
        (height, width),
        attributes.get("strides", (1, 1)),
        attributes.get("dilations", (1, 1)),
        attributes.get("pads", (0, 0, 0, 0)),
    )
