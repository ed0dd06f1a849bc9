"""Tables, matrices and convolutions in bytes, a scale a row; arithmetic in single precision."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from visavis.training.stored_values import scale_of

BYTES_FROM = 1024  # weights with fewer values stay float32
MOST_OF_BYTES = 127
EXACT = 1e-3  # of a step: the error of weights that were rounded to bytes
_TABLE, _CONVOLUTION = 2, 4  # dimensions


def store_int8(model: ModelProto) -> None:
    """Store large float32 weights of two dimensions as int8 with one scale a row or a column.

    Of rows and columns those are taken that change the values less; the error of a value is at most
    1/254 of the largest in its row. The runtime multiplies a matrix when it loads the network. A
    table that is only looked up is scaled after the look-up, so that only the rows a text needs are
    read. Convolutions are stored so too if that does not change them: see `are_bytes`.
    """
    graph = model.graph
    large = [
        weight
        for weight in graph.initializer
        if weight.data_type == TensorProto.FLOAT and np.prod(weight.dims) >= BYTES_FROM
    ]
    chosen = {weight.name: weight for weight in large if len(weight.dims) == _TABLE}
    looked_up = {node.input[0] for node in graph.node if _looks_up(node)} & chosen.keys()
    looked_up -= {name for node in graph.node for name in node.input[_looks_up(node) :]}
    for name, weight in chosen.items():
        _store(graph, weight, [(1,)] if name in looked_up else [(0,), (1,)])
    nodes: list[NodeProto] = []
    for node in graph.node:
        found = _looks_up(node) and node.input[0] in looked_up
        nodes += _look_up(node.input[0], node.input[1], node.output[0]) if found else [node]
    del graph.node[:], graph.value_info[:]
    graph.node.extend(nodes)
    _multiply(graph, chosen.keys() - looked_up)
    convolutions = [weight for weight in large if len(weight.dims) == _CONVOLUTION]
    rounded = [w.name for w in convolutions if are_bytes(numpy_helper.to_array(w))]
    store_convolutions(model, rounded)


def store_convolutions(model: ModelProto, names: Collection[str]) -> None:
    """Store the named weights of convolutions as int8 with one scale a row."""
    for weight in [each for each in model.graph.initializer if each.name in names]:
        _store(model.graph, weight, [(1, 2, 3)])
    _multiply(model.graph, names)


def restore_matrices(model: ModelProto) -> None:
    """Undo `store_int8` for matrices: a quantizer expects float32. Tables stay in bytes."""
    _restore(model.graph, _TABLE)


def restore_convolutions(model: ModelProto) -> list[str]:
    """Undo `store_convolutions`, and return the names of the weights."""
    return _restore(model.graph, _CONVOLUTION)


def are_bytes(values: NDArray[np.float32]) -> bool:
    """Tell whether each row of weights (rows, …) is a scale times whole numbers, the largest 127.

    So are the weights of convolutions that the stage `round` has rounded, and hardly any others.
    """
    _, scales = _in_bytes(values, tuple(range(1, values.ndim)))
    steps = values / scales
    return bool(np.abs(steps - steps.round()).max() <= EXACT)


def _store(graph: GraphProto, weight: TensorProto, axes: Sequence[tuple[int, ...]]) -> None:
    """Store a weight in bytes, with scales along those of `axes` that change its values least."""
    values = numpy_helper.to_array(weight)
    made = [_in_bytes(values, each) for each in axes]
    stored, scales = min(made, key=lambda each: float(np.abs(each[0] * each[1] - values).sum()))
    weight.CopyFrom(numpy_helper.from_array(stored, weight.name))
    graph.initializer.append(numpy_helper.from_array(scales, scale_of(weight.name)))


def _multiply(graph: GraphProto, names: Collection[str]) -> None:
    """Let nodes read weights in bytes times their scales."""
    _rename(graph, {name: _single(name) for name in names})
    nodes = [*(node for name in sorted(names) for node in _multiplied(name)), *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _restore(graph: GraphProto, dimensions: int) -> list[str]:
    """Undo `_multiply` for weights of some dimensions, and return their names."""
    stored = {weight.name: numpy_helper.to_array(weight) for weight in graph.initializer}
    multiplied = {node.input[0] for node in graph.node if node.op_type == "Cast"}
    restored = [
        name
        for name, values in stored.items()
        if values.dtype == np.int8
        and values.ndim == dimensions
        and scale_of(name) in stored
        and name in multiplied
    ]
    made = {output for name in restored for node in _multiplied(name) for output in node.output}
    halves = [node for node in graph.node if node.input[:1] in [[scale_of(n)] for n in restored]]
    gone = {*restored, *map(scale_of, restored)}
    weights = [weight for weight in graph.initializer if weight.name not in gone]
    for name in restored:
        single = stored[name].astype(np.float32) * stored[scale_of(name)].astype(np.float32)
        weights.append(numpy_helper.from_array(single, name))
    kept = [node for node in graph.node if node.output[0] not in made and node not in halves]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept)
    graph.initializer.extend(weights)
    _rename(graph, {_single(name): name for name in restored})
    return restored


def _rename(graph: GraphProto, names: dict[str, str]) -> None:
    """Let nodes read other values."""
    for node in graph.node:
        for number, name in enumerate(node.input):
            node.input[number] = names.get(name, name)


def _in_bytes(
    values: NDArray[np.float32], axes: tuple[int, ...]
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return bytes, and the scales that rows of values along `axes` share."""
    largest = np.abs(values).max(axis=axes, keepdims=True)
    largest[largest == 0] = 1
    scales: NDArray[np.float32] = largest / np.float32(MOST_OF_BYTES)
    return np.round(values / scales).astype(np.int8), scales


def _looks_up(node: NodeProto) -> bool:
    """Tell whether a node gathers rows of its first input."""
    return node.op_type == "Gather" and not any(
        attribute.name == "axis" and attribute.i != 0 for attribute in node.attribute
    )


def _single(name: str) -> str:
    return f"{name}_single"


def _multiplied(name: str) -> list[NodeProto]:
    unscaled = f"{name}_unscaled"
    return [
        helper.make_node("Cast", [name], [unscaled], to=TensorProto.FLOAT),
        helper.make_node("Mul", [unscaled, scale_of(name)], [_single(name)]),
    ]


def _look_up(table: str, rows: str, result: str) -> list[NodeProto]:
    found, single, scale = (f"{result}_{name}" for name in ("bytes", "single", "scale"))
    return [
        helper.make_node("Gather", [table, rows], [found]),
        helper.make_node("Cast", [found], [single], to=TensorProto.FLOAT),
        helper.make_node("Gather", [scale_of(table), rows], [scale]),
        helper.make_node("Mul", [single, scale], [result]),
    ]
