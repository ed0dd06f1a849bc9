"""Image or text to unit vector, without torch."""

from __future__ import annotations

from pathlib import Path

from visavis.encoders.base import Encoder
from visavis.encoders.naming import BUNDLED, find_model
from visavis.encoders.onnx import OnnxEncoder
from visavis.encoders.windows import Window, window_box

__all__ = [
    "BUNDLED",
    "Encoder",
    "OnnxEncoder",
    "Window",
    "find_model",
    "load_encoder",
    "window_box",
]


def load_encoder(model: str | Path | None = None) -> Encoder:
    """Open a model: a folder, the name of one that was pulled, or by default the bundled one.

    Raises ModelError for a folder that is none, UnknownNameError for a name nobody has.
    """
    return OnnxEncoder.open(find_model(model))
