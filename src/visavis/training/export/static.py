"""Convolutions in eight bits, with scales that are constants: calibrated on images."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, numpy_helper

from visavis.errors import ModelError
from visavis.training.export.half import store_single
from visavis.training.export.integers import round_to_integers
from visavis.training.export.patches import Inputs, Patches, measure_patches

LEAST_CONVOLUTIONS = 8
IN_SINGLE = 2
"""The first convolutions, which stay in single precision: much of the error is theirs."""
PIXELWISE = {"Clip", "Relu", "Add"}
"""Operations between convolutions that stay in eight bits."""

_WARNINGS, _ERRORS = 2, 3  # levels of the runtime's log


def quantize_convolutions(model: ModelProto, inputs: Sequence[Inputs]) -> ModelProto:
    """Return a network whose convolutions multiply integers, calibrated on some of its inputs.

    Weights have one scale a channel, activations one each: from the smallest to the largest value
    that the calibration images gave. These are constants, so the vector of an image does not depend
    on its batch. Weights are rounded so that their errors cancel out on these images, see
    `round_to_integers`. The first convolutions stay as they are. Raises ModelError for a network
    with few convolutions.
    """
    store_single(model)
    names = convolutional_nodes(model.graph)
    made = _quantize(model, names, inputs)
    _round_again(made.graph, model.graph, measure_patches(model, names, inputs))
    return made


def _quantize(model: ModelProto, names: list[str], inputs: Sequence[Inputs]) -> ModelProto:
    """Quantize the named nodes; weights are rounded to the nearest integer."""
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    with tempfile.TemporaryDirectory() as folder, quiet():
        source, target = Path(folder, "single.onnx"), Path(folder, "integer.onnx")
        onnx.save(model, source)
        quantize_static(
            source,
            target,
            _Reader(inputs),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", *PIXELWISE],
            nodes_to_quantize=names,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
        return onnx.load(target)


def _round_again(made: GraphProto, original: GraphProto, patches: dict[str, Patches]) -> None:
    """Replace the integers and scales of the weights and biases of quantized convolutions."""
    stored = {each.name: each for each in made.initializer}
    constants = {each.name: each for each in original.initializer}
    weights = {
        node.name: [numpy_helper.to_array(constants[name]) for name in node.input[1:]]
        for node in original.node
        if node.name in patches
    }
    scaled = {
        node.output[0]: node.input for node in made.node if node.op_type == "DequantizeLinear"
    }

    def store(name: str, values: NDArray[Any]) -> None:
        stored[name].CopyFrom(numpy_helper.from_array(values, name))

    for node in made.node:
        if node.name not in patches:
            continue
        weight, *bias = weights[node.name]
        rounded = round_to_integers(weight, patches[node.name])
        integers, scales, _ = scaled[node.input[1]]
        store(integers, rounded.integers)
        store(scales, rounded.scales)
        if bias:
            step = numpy_helper.to_array(stored[scaled[node.input[0]][1]]) * rounded.scales
            integers, scales, _ = scaled[node.input[2]]
            store(integers, np.round((bias[0] + rounded.biases) / step).astype(np.int32))
            store(scales, step)


def convolutional_nodes(graph: GraphProto) -> list[str]:
    """Name the later convolutions and operations between them; nodes without a name get one.

    An addition is one of them if both its terms come from such a node. Raises ModelError.
    """
    chosen: list[str] = []
    made: set[str] = set()
    count = 0  # of convolutions
    for number, node in enumerate(graph.node):
        node.name = node.name or f"node_{number}"
        terms = node.input if node.op_type == "Add" else node.input[:1]
        between = node.op_type in PIXELWISE and made.issuperset(terms)
        count += node.op_type == "Conv"
        if count > IN_SINGLE and (node.op_type == "Conv" or between):
            chosen.append(node.name)
            made.update(node.output)
    if count < LEAST_CONVOLUTIONS:
        raise ModelError(
            f"int8-static is for convolutional networks, and the image network has {count} "
            "convolutions: choose int8"
        )
    return chosen


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the quantizer, which recommends a preprocessing that changes nothing here."""
    import onnxruntime

    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    onnxruntime.set_default_logger_severity(_ERRORS)
    try:
        yield
    finally:
        logger.setLevel(level)
        onnxruntime.set_default_logger_severity(_WARNINGS)


class _Reader:
    """Inputs one by one, as the runtime's quantizer reads them."""

    def __init__(self, inputs: Sequence[Inputs]) -> None:
        self._rest = iter(inputs)

    def get_next(self) -> Inputs | None:
        return next(self._rest, None)
