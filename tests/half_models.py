"""A model folder whose convolutions are in half precision."""

from __future__ import annotations

import json
import shutil

import onnx

from visavis.encoders import BUNDLED
from visavis.encoders.folder import write_description
from visavis.training.export.half import store_half
from visavis.training.export.int8 import restore_convolutions


def bundled_in_half(folder):
    """Write the bundled model with its convolutions in half precision instead of bytes."""
    shutil.copytree(BUNDLED, folder)
    model = onnx.load(folder / "image.onnx")
    store_half(model, restore_convolutions(model))
    onnx.save(model, folder / "image.onnx")
    about = json.loads((folder / "model.json").read_text("utf-8"))
    write_description(folder, "half", {key: about[key] for key in about if key != "id"})
    return folder
