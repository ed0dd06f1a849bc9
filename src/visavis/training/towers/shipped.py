"""The backbone of the bundled model: no download needed."""

from __future__ import annotations

import onnx
import torch
from torch import Tensor

from visavis.encoders.info import ModelInfo
from visavis.encoders.resolve import BUNDLED
from visavis.training.stored_values import decode

PREFIX = "tower.backbone.network."


def shipped_size() -> int:
    """Return the side of the images that the bundled model takes, in pixels."""
    return ModelInfo.read(BUNDLED).preprocessing.size


def shipped_weights() -> dict[str, Tensor]:
    """Return the convolutions as float32, by the names of the network's layers.

    They were fine-tuned with the bundled model; there is no classifier.
    """
    values = decode(onnx.load(BUNDLED / "image.onnx").graph)
    return {
        name.removeprefix(PREFIX): torch.from_numpy(value)
        for name, value in values.items()
        if name.startswith(PREFIX)
    }
