"""Weights in half precision, arithmetic in single."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from visavis.training.stored_values import scale_of

HALF_FROM = 1024  # weights with fewer values stay in single precision
_SCALED = {"QuantizeLinear", "DequantizeLinear"}


def store_half(model: ModelProto, names: Collection[str] | None = None) -> None:
    """Store large float32 weights, or the named ones of them, as float16; cast them where used.

    The runtime folds the cast of a weight when it loads the network. An embedding is cast after
    the look-up instead, so that only the rows a text needs are read. Scales of integers stay: the
    runtime multiplies integers only where their scales are constants, and those of weights in bytes
    can be too small for half precision.
    """
    graph = model.graph
    scales = {node.input[1] for node in graph.node if node.op_type in _SCALED}
    scales |= {scale_of(w.name) for w in graph.initializer if w.data_type == TensorProto.INT8}
    large = {
        weight.name: weight
        for weight in graph.initializer
        if weight.data_type == TensorProto.FLOAT
        and np.prod(weight.dims) >= HALF_FROM
        and weight.name not in scales
        and (names is None or weight.name in names)
    }
    for weight in large.values():
        half = numpy_helper.to_array(weight).astype(np.float16)
        weight.CopyFrom(numpy_helper.from_array(half, weight.name))
    nodes, cast = [], set()
    for node in graph.node:
        if node.op_type == "Gather" and node.input[0] in large:
            result = node.output[0]
            node.output[0] = f"{result}_half"
            nodes += [node, _cast(node.output[0], result)]
            continue
        for number, name in enumerate(node.input):
            if name in large:
                node.input[number] = f"{name}_single"
                if name not in cast:
                    nodes.append(_cast(name, node.input[number]))
                    cast.add(name)
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.value_info[:]


def store_single(model: ModelProto) -> None:
    """Undo `store_half` for weights that are cast themselves: a quantizer expects float32."""
    graph = model.graph
    halves = {
        weight.name: weight
        for weight in graph.initializer
        if weight.data_type == TensorProto.FLOAT16
    }
    kept = []
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in halves:
            single = numpy_helper.to_array(halves[node.input[0]]).astype(np.float32)
            graph.initializer.append(numpy_helper.from_array(single, node.output[0]))
        else:
            kept.append(node)
    del graph.node[:]
    graph.node.extend(kept)
    used = {name for node in kept for name in node.input}
    weights = [weight for weight in graph.initializer if weight.name in used]
    del graph.initializer[:]
    graph.initializer.extend(weights)


def _cast(source: str, target: str) -> NodeProto:
    return helper.make_node("Cast", [source], [target], to=TensorProto.FLOAT)
