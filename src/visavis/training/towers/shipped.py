"""The backbone of the bundled model: no download needed."""

from __future__ import annotations

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from visavis.encoders.info import ModelInfo
from visavis.encoders.resolve import BUNDLED

PREFIX = "tower.backbone.network."
SCALE = "_scale"  # ends the name of the scales of a weight in bytes


def shipped_size() -> int:
    """Return the side of the images that the bundled model takes, in pixels."""
    return ModelInfo.read(BUNDLED).preprocessing.size


def shipped_weights() -> dict[str, Tensor]:
    """Return the convolutions as float32, by the names of the network's layers.

    They were fine-tuned with the bundled model; there is no classifier.
    """
    stored = onnx.load(BUNDLED / "image.onnx").graph.initializer
    values = {each.name: numpy_helper.to_array(each).astype("float32") for each in stored}
    return {
        name.removeprefix(PREFIX): torch.from_numpy(value * values.get(name + SCALE, 1))
        for name, value in values.items()
        if name.startswith(PREFIX) and not name.endswith(SCALE)
    }
