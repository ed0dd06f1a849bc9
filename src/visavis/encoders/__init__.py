"""Image or text to unit vector, without torch."""

from __future__ import annotations

from pathlib import Path

from visavis.encoders.base import Encoder
from visavis.encoders.onnx import OnnxEncoder
from visavis.encoders.windows import Window, window_box

__all__ = ["BUNDLED", "Encoder", "OnnxEncoder", "Window", "load_encoder", "window_box"]

BUNDLED = Path(__file__).parent.parent / "bundled"
"""The model folder that ships inside the package."""


def load_encoder(folder: str | Path | None = None) -> Encoder:
    """Open a model folder, or the bundled model when none is named."""
    return OnnxEncoder.open(BUNDLED if folder is None else folder)
