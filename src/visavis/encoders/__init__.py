"""Encoders: images and texts to unit vectors of one space, without torch."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from visavis.encoders.base import Encoder
from visavis.encoders.info import read_details
from visavis.encoders.onnx import OnnxEncoder
from visavis.encoders.regions import RelativeBox, pixel_box
from visavis.encoders.resolve import BUNDLED, find_model
from visavis.registry import Registry

ENCODERS: Registry[Callable[[str], Encoder]] = Registry("encoders")
"""Functions that open a model, by the `encoder` of its `model.json` or the scheme of its URL.

They get the folder, or the complete URL.
"""

ENCODERS.register("onnx")(OnnxEncoder.open)


def load_encoder(model: Encoder | str | Path | None = None) -> Encoder:
    """Open a model: a folder, the name of a pulled model, a URL, or by default the bundled one.

    An encoder is returned as it is, so that functions may take either.
    `model.json` in a folder may name its `encoder`, by default "onnx"; a URL names it by its
    scheme. Raises ModelError if the folder is not a model folder, UnknownNameError for an
    unknown name or encoder.
    """
    if isinstance(model, Encoder):
        return model
    if scheme := re.match(r"([a-z][a-z0-9+.-]*)://", str(model)):
        return ENCODERS.get(scheme[1])(str(model))
    folder = find_model(model)
    name = read_details(folder).get("encoder", "onnx")
    return ENCODERS.get(str(name))(str(folder))


__all__ = [
    "BUNDLED",
    "ENCODERS",
    "Encoder",
    "OnnxEncoder",
    "RelativeBox",
    "find_model",
    "load_encoder",
    "pixel_box",
]
