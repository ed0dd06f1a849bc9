"""A network in ONNX as a network of torch, whose weights can learn and be written back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import AttributeProto, ModelProto, NodeProto, helper, numpy_helper
from torch import Tensor, nn

from visavis.errors import TrainingError
from visavis.training.export.half import store_half
from visavis.training.export.int8 import (
    MOST_OF_BYTES,
    are_bytes,
    restore_convolutions,
    store_convolutions,
)
from visavis.training.starts.operators import OPERATORS
from visavis.training.stored_values import SCALE

LEARNING = {"Add", "Concat", "Conv", "Gather", "Gemm", "LayerNormalization", "MatMul"}
"""Operators whose constants are weights; those of others are scales, limits and shapes."""

PASSING = {"Cast", "Expand", "Identity", "Reshape", "Slice", "Split", "Tile", "Transpose"}
"""Operators that hand a weight on."""

CORRECTION = ("hubness.", "common.")
"""Parts of names: the hubness correction is fitted, and does not learn."""

LEAST_VALUES = 4  # of a weight: three are the colours of a mean
_MOST_BYTES = 2_000_000_000  # of one file of ONNX


class GraphNetwork(nn.Module):
    """The nodes of an ONNX graph, run one after the other; only its first output is computed.

    Constants that multiply or are added to what the network computes are parameters, in single
    precision; a table in bytes is one too. Raises TrainingError for an operator that is not known.
    """

    def __init__(self, model: ModelProto, output: str = "") -> None:
        super().__init__()
        graph = model.graph
        self.output = output or graph.output[0].name
        constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
        self.inputs = tuple(each.name for each in graph.input if each.name not in constants)
        self.steps = [_step(node) for node in _needed(graph.node, self.output)]
        weights = _weights(graph.node, constants)
        self.keys = {name: f"w{number}" for number, name in enumerate(sorted(weights))}
        self.learned = nn.ParameterDict(
            {key: _as_parameter(name, constants) for name, key in self.keys.items()}
        )
        self.constants: dict[str, Tensor] = {
            name: _as_constant(name, value, constants)
            for name, value in constants.items()
            if name not in weights
        }
        self.last_use = {name: n for n, step in enumerate(self.steps) for name in step.inputs}

    def forward(self, *given: Tensor) -> Tensor:
        device = given[0].device
        values: dict[str, Any] = {"": None, **self.constants}
        values |= {name: self.learned[key] for name, key in self.keys.items()}
        values |= dict(zip(self.inputs, given, strict=False))
        for number, step in enumerate(self.steps):
            inputs = _on_one_device([values[name] for name in step.inputs], device)
            outputs = step.run(inputs)
            values |= dict(zip(step.outputs, outputs, strict=False))
            for name in step.inputs:
                if self.last_use[name] == number and name not in self.keys:
                    values[name] = None  # its memory is free unless a gradient needs it
        result: Tensor = values[self.output]
        return result

    def value(self, name: str) -> NDArray[np.float32]:
        """Return the values of a weight, by its name in the graph."""
        found: NDArray[np.float32] = self.learned[self.keys[name]].detach().cpu().numpy()
        return found

    @torch.no_grad()
    def write(self, model: ModelProto) -> None:
        """Write what was learned into the constants of a graph, rounded to their own precision.

        The parameters become what was written, so that the two networks can be compared.
        """
        for constant in model.graph.initializer:
            if constant.name in self.keys:
                _replace(model, constant, self.value(constant.name))
        written = {e.name: numpy_helper.to_array(e) for e in model.graph.initializer}
        for name, key in self.keys.items():
            self.learned[key].copy_(_as_parameter(name, written))


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    operator: Callable[..., Any]
    attributes: dict[str, Any]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def run(self, inputs: list[Any]) -> Any:
        try:
            found = self.operator(self.attributes, *inputs)
        except NotImplementedError as error:
            raise _unsupported(f"{self.name} with {error}") from None
        return found if isinstance(found, list | tuple) else [found]


def _unsupported(operator: str) -> TrainingError:
    return TrainingError(f"its network has {operator}, which training does not support")


def _step(node: NodeProto) -> _Step:
    if node.domain not in {"", "ai.onnx"} or node.op_type not in OPERATORS:
        raise _unsupported(f"the operator {node.op_type}")
    operator = OPERATORS.get(node.op_type)
    attributes = {each.name: _attribute(each) for each in node.attribute}
    return _Step(node.op_type, operator, attributes, tuple(node.input), tuple(node.output))


def _attribute(attribute: AttributeProto) -> Any:
    value = helper.get_attribute_value(attribute)
    if attribute.type == AttributeProto.TENSOR:
        return torch.from_numpy(numpy_helper.to_array(value).copy())
    return value


def _needed(nodes: Any, output: str) -> list[NodeProto]:
    """Return the nodes that an output depends on, in order."""
    wanted, kept = {output}, []
    for node in reversed(nodes):
        if wanted & set(node.output):
            wanted |= set(node.input)
            kept.append(node)
    return kept[::-1]


def _weights(nodes: Any, constants: dict[str, Any]) -> set[str]:
    """Return the names of the constants that learn."""
    origin = {name: name for name in constants}
    found: set[str] = set()
    for node in nodes:
        if _hands_on(node) and node.input[0] in origin:
            origin |= dict.fromkeys(node.output, origin[node.input[0]])
        elif node.op_type in LEARNING:
            found |= {origin[name] for name in node.input if name in origin}
    return {name for name in found if _may_learn(name, constants)}


def _hands_on(node: NodeProto) -> bool:
    if node.op_type == "Mul":
        return bool(node.input[1].removesuffix("_single").endswith(SCALE))
    return node.op_type in PASSING


def _may_learn(name: str, constants: dict[str, Any]) -> bool:
    value = constants[name]
    if value.size < LEAST_VALUES or any(part in name for part in CORRECTION):
        return False
    if _is_scale(name, constants):
        return False
    return value.dtype.kind == "f" or name + SCALE in constants


def _as_parameter(name: str, constants: dict[str, Any]) -> nn.Parameter:
    value = constants[name].astype(np.float32)
    if name + SCALE in constants:
        value = value * constants[name + SCALE].astype(np.float32)
    return nn.Parameter(torch.from_numpy(value.copy()))


def _as_constant(name: str, value: Any, constants: dict[str, Any]) -> Tensor:
    """Return a constant; the scales of weights in bytes are in the weights already."""
    if value.dtype == np.float16:
        value = value.astype(np.float32)
    if _is_scale(name, constants):
        value = np.ones_like(value)
    return torch.from_numpy(value.copy())


def _is_scale(name: str, constants: dict[str, Any]) -> bool:
    """Tell whether a constant holds the scales of weights in bytes."""
    table = name.removesuffix(SCALE)
    return table != name and table in constants and constants[table].dtype == np.int8


def _on_one_device(inputs: list[Any], device: torch.device) -> list[Any]:
    """Move inputs to the device where another one is; shapes among themselves stay on the CPU."""
    tensors = [each for each in inputs if isinstance(each, Tensor)]
    if all(each.device.type == "cpu" for each in tensors):
        return inputs
    return [each.to(device) if isinstance(each, Tensor) else each for each in inputs]


def _replace(model: ModelProto, constant: Any, value: Any) -> None:
    own = numpy_helper.to_array(constant)
    if own.dtype == np.int8:
        (kept,) = (e for e in model.graph.initializer if e.name == constant.name + SCALE)
        axis = 1 if kept.dims[1] == 1 else 0  # a scale a row, or a column
        scales = np.maximum(np.abs(value).max(axis=axis, keepdims=True), 1e-12) / MOST_OF_BYTES
        scales = scales.astype(numpy_helper.to_array(kept).dtype)
        kept.CopyFrom(numpy_helper.from_array(scales, kept.name))
        value = np.round(value / scales.astype(np.float32)).clip(-MOST_OF_BYTES, MOST_OF_BYTES)
    constant.CopyFrom(numpy_helper.from_array(value.astype(own.dtype), constant.name))


def read_graph(path: Path, output: str = "") -> GraphNetwork:
    """Read a network from an ONNX file. Raises TrainingError if it cannot learn."""
    model = onnx.load(path)
    restore_convolutions(model)
    return GraphNetwork(model, output)


def write_graph(network: GraphNetwork, source: Path, target: Path) -> None:
    """Write the file that a network was read from anew, with what was learned.

    Convolutions that were in bytes are so again if they did not learn, else in half precision: the
    rounding of the stage `round` makes up for its errors, and a further one to the nearest bytes
    would not.
    """
    model = onnx.load(source)
    convolutions = restore_convolutions(model)
    learned = [name for name in convolutions if not are_bytes(network.value(name))]
    store_half(model, learned)
    network.write(model)
    store_convolutions(model, set(convolutions).difference(learned))
    target.parent.mkdir(parents=True, exist_ok=True)
    large = model.ByteSize() > _MOST_BYTES
    onnx.save(model, target, save_as_external_data=large, location=f"{target.name}.data")
