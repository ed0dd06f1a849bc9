"""Tables and matrices in bytes, with one scale a row; arithmetic in single precision."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

BYTES_FROM = 1024  # weights with fewer values stay float32


def store_int8(model: ModelProto) -> None:
    """Store large float32 weights of two dimensions as int8 with one scale a row or a column.

    Of rows and columns those are taken that change the values less; the error of a value is at most
    1/254 of the largest in its row. The runtime multiplies a matrix when it loads the network. A
    table that is only looked up is scaled after the look-up, so that only the rows a text needs are
    read.
    """
    graph = model.graph
    chosen = {
        weight.name: weight
        for weight in graph.initializer
        if weight.data_type == TensorProto.FLOAT
        and len(weight.dims) == 2
        and np.prod(weight.dims) >= BYTES_FROM
    }
    looked_up = {node.input[0] for node in graph.node if _looks_up(node)} & chosen.keys()
    looked_up -= {name for node in graph.node for name in node.input[_looks_up(node) :]}
    for name, weight in chosen.items():
        values = numpy_helper.to_array(weight)
        stored, scales = _in_bytes(values, [1] if name in looked_up else [0, 1])
        weight.CopyFrom(numpy_helper.from_array(stored, name))
        graph.initializer.append(numpy_helper.from_array(scales, _scale(name)))
    nodes = [node for name in chosen.keys() - looked_up for node in _matrix(name)]
    for node in graph.node:
        if _looks_up(node) and node.input[0] in looked_up:
            nodes += _look_up(node.input[0], node.input[1], node.output[0])
            continue
        for number, name in enumerate(node.input):
            if name in chosen:
                node.input[number] = f"{name}_single"
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.value_info[:]


def restore_matrices(model: ModelProto) -> None:
    """Undo `store_int8` for matrices: a quantizer expects float32. Tables stay in bytes."""
    graph = model.graph
    stored = {weight.name: numpy_helper.to_array(weight) for weight in graph.initializer}
    matrices = [name for name in stored if _scale(name) in stored and _is_matrix(graph, name)]
    made = {node.output[0] for name in matrices for node in _matrix(name)}
    for name in matrices:
        single = stored[name].astype(np.float32) * stored[_scale(name)]
        graph.initializer.append(numpy_helper.from_array(single, f"{name}_single"))
    kept = [node for node in graph.node if node.output[0] not in made]
    del graph.node[:]
    graph.node.extend(kept)
    gone = {*matrices, *map(_scale, matrices)}
    weights = [weight for weight in graph.initializer if weight.name not in gone]
    del graph.initializer[:]
    graph.initializer.extend(weights)


def _is_matrix(graph: GraphProto, name: str) -> bool:
    return any(node.op_type == "Cast" and node.input[0] == name for node in graph.node)


def _in_bytes(
    values: NDArray[np.float32], axes: list[int]
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return bytes and scales along the one of `axes` that changes the values least."""
    made = []
    for axis in axes:
        scales = np.maximum(np.abs(values).max(axis=axis, keepdims=True), 1e-12) / np.float32(127)
        stored = np.round(values / scales).astype(np.int8)
        made.append((np.abs(stored * scales - values).sum(), stored, scales))
    _, stored, scales = min(made, key=lambda each: float(each[0]))
    return stored, scales


def _looks_up(node: NodeProto) -> bool:
    """Tell whether a node gathers rows of its first input."""
    return node.op_type == "Gather" and not any(
        attribute.name == "axis" and attribute.i != 0 for attribute in node.attribute
    )


def _scale(name: str) -> str:
    return f"{name}_scale"


def _matrix(name: str) -> list[NodeProto]:
    single = f"{name}_unscaled"
    return [
        helper.make_node("Cast", [name], [single], to=TensorProto.FLOAT),
        helper.make_node("Mul", [single, _scale(name)], [f"{name}_single"]),
    ]


def _look_up(table: str, rows: str, result: str) -> list[NodeProto]:
    found, single, scale = (f"{result}_{name}" for name in ("bytes", "single", "scale"))
    return [
        helper.make_node("Gather", [table, rows], [found]),
        helper.make_node("Cast", [found], [single], to=TensorProto.FLOAT),
        helper.make_node("Gather", [_scale(table), rows], [scale]),
        helper.make_node("Mul", [single, scale], [result]),
    ]
