"""The weights of the bundled model's backbone: no download needed."""

from __future__ import annotations

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from visavis.encoders.resolve import BUNDLED
from visavis.training.export.int8 import restore_convolutions

PREFIX = "tower.backbone.network."


def shipped_weights() -> dict[str, Tensor]:
    """Return the convolutions as float32, by the names of the network's layers.

    They were fine-tuned with the bundled model; there is no classifier.
    """
    model = onnx.load(BUNDLED / "image.onnx")
    restore_convolutions(model)
    return {
        weight.name.removeprefix(PREFIX): torch.from_numpy(
            numpy_helper.to_array(weight).astype("float32")
        )
        for weight in model.graph.initializer
        if weight.name.startswith(PREFIX)
    }
