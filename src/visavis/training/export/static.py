"""Convolutions in eight bits, with scales that are constants: calibrated on images."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import onnx
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto

from visavis.errors import ModelError
from visavis.training.export.half import store_single

Inputs: TypeAlias = Mapping[str, NDArray[Any]]
"""The arrays of one image by the names of the network's inputs."""

LEAST_CONVOLUTIONS = 8
IN_SINGLE = 6
"""The first convolutions, which stay in single precision: most of the error is theirs."""
PIXELWISE = {"Clip", "Relu", "Add"}
"""Operations between convolutions that stay in eight bits."""

_WARNINGS, _ERRORS = 2, 3  # levels of the runtime's log


def quantize_convolutions(model: ModelProto, inputs: Sequence[Inputs]) -> ModelProto:
    """Return a network whose convolutions multiply integers, calibrated on some of its inputs.

    Weights have one scale a channel, activations one each: the smallest and the largest value that
    the calibration images gave, averaged over groups of them. These are constants, so the vector
    of an image does not depend on its batch. Weights use seven of the eight bits: sums of two
    products then fit 16 bits, in which processors without VNNI instructions add them up. The first
    convolutions stay as they are. Raises ModelError for a network with few convolutions.
    """
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    store_single(model)
    names = convolutional_nodes(model.graph)
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
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            extra_options={"CalibMovingAverage": True, "CalibMovingAverageConstant": 0.1},
        )
        return onnx.load(target)


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
