"""Read the weights of a finished model back from its ONNX files."""

from __future__ import annotations

import sys
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from visavis.training.model import DualEncoder

LATER = ("classes", "details", "common")  # parts of the towers that the first models had not


def read_weights(model: DualEncoder, folder: Path) -> None:
    """Load both towers of the model in `folder`; parts that older models lack are left as they are.

    Exits where a weight of a part that is there has lost its name, as small and folded ones do.
    """
    for side in ("image", "text"):
        path = folder / f"{side}.onnx"
        tower, found = getattr(model, side), weights_of(path)
        absent = set(LATER) - {name.partition(".")[0] for name in found}
        own = tower.state_dict()
        wanted = {name for name in own if name.partition(".")[0] not in absent}
        if missing := wanted - found.keys():
            sys.exit(f"{path}: no weights of {', '.join(sorted(missing))}")
        tower.load_state_dict(own | {name: found[name] for name in wanted})


def weights_of(path: Path) -> dict[str, Tensor]:
    """Return the weights by the names they have in torch, as float32.

    The exporter keeps the names of biases only where a layer is a product and a sum: there the
    weight is the factor of what its bias is added to, transposed.
    """
    graph = onnx.load(path).graph
    arrays = {weight.name: numpy_helper.to_array(weight) for weight in graph.initializer}
    casts = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Cast"}
    found = {name: array for name, array in arrays.items() if not name.startswith("val_")}
    products = {
        node.output[0]: arrays[factor]
        for node in graph.node
        if node.op_type == "MatMul"
        and (factor := casts.get(node.input[1], node.input[1])) in arrays
    }
    for node in graph.node:
        if node.op_type == "Add":
            bias, product = sorted(node.input, key=products.__contains__)
            if product in products:
                found[bias.removesuffix("bias") + "weight"] = products[product].T
    return {
        name.removeprefix("tower."): torch.from_numpy(array.astype("float32"))
        for name, array in found.items()
        if array.dtype.kind == "f"
    }
