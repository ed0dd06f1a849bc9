"""A model folder whose convolutions are in bytes."""

from __future__ import annotations

import json
import shutil

import numpy as np
import onnx

from visavis.encoders import BUNDLED
from visavis.encoders.folder import write_description
from visavis.training.export.half import store_half, store_single
from visavis.training.export.int8 import BYTES_FROM, store_convolutions


def bundled_in_bytes(folder):
    """Write the bundled model with its convolutions rounded to bytes."""
    shutil.copytree(BUNDLED, folder)
    model = onnx.load(folder / "image.onnx")
    store_single(model)
    graph = model.graph
    names = {weight.name: weight.name.removesuffix("_single") for weight in graph.initializer}
    for weight in graph.initializer:
        weight.name = names[weight.name]
    for node in graph.node:
        for number, name in enumerate(node.input):
            node.input[number] = names.get(name, name)
    large = [w for w in graph.initializer if len(w.dims) == 4 and np.prod(w.dims) >= BYTES_FROM]
    store_convolutions(model, [weight.name for weight in large])
    store_half(model)
    onnx.save(model, folder / "image.onnx")
    about = json.loads((folder / "model.json").read_text("utf-8"))
    write_description(folder, "bytes", {key: about[key] for key in about if key != "id"})
    return folder
