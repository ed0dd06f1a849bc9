"""Embedding tables in bytes, one scale a row."""

from __future__ import annotations

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

ROWS_FROM = 1024  # smaller tables stay float32


def store_tables_in_bytes(model: ModelProto) -> None:
    """Store float32 tables (rows, width) that are only looked up as int8 with one scale a row.

    Rows are scaled back after the look-up, so that only the rows a text needs are read. The error
    of a value is at most 1/254 of the largest in its row.
    """
    graph = model.graph
    tables = {
        weight.name: weight
        for weight in graph.initializer
        if weight.data_type == TensorProto.FLOAT
        and len(weight.dims) == 2
        and weight.dims[0] >= ROWS_FROM
    }
    looked_up = {node.input[0] for node in graph.node if _looks_up(node)}
    used_otherwise = {
        name for node in graph.node for name in node.input[_looks_up(node) :] if name in tables
    }
    chosen = looked_up & tables.keys() - used_otherwise
    for name in chosen:
        values = numpy_helper.to_array(tables[name])
        scales = np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-12) / 127
        stored = np.round(values / scales).astype(np.int8)
        tables[name].CopyFrom(numpy_helper.from_array(stored, name))
        graph.initializer.append(numpy_helper.from_array(scales, f"{name}_scale"))
    nodes = []
    for node in graph.node:
        if _looks_up(node) and node.input[0] in chosen:
            nodes += _look_up(node.input[0], node.input[1], node.output[0])
        else:
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.value_info[:]


def _looks_up(node: NodeProto) -> bool:
    """Tell whether a node gathers rows of its first input."""
    return node.op_type == "Gather" and not any(
        attribute.name == "axis" and attribute.i != 0 for attribute in node.attribute
    )


def _look_up(table: str, rows: str, result: str) -> list[NodeProto]:
    found, single, scale = (f"{result}_{name}" for name in ("bytes", "single", "scale"))
    return [
        helper.make_node("Gather", [table, rows], [found]),
        helper.make_node("Cast", [found], [single], to=TensorProto.FLOAT),
        helper.make_node("Gather", [f"{table}_scale", rows], [scale]),
        helper.make_node("Mul", [single, scale], [result]),
    ]
