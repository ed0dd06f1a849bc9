"""Resolve a model name to its folder."""

from __future__ import annotations

import os
from pathlib import Path

from visavis.cache import cache_folder
from visavis.catalogue import models, unknown_name
from visavis.encoders.info import MODEL_FILE
from visavis.errors import ModelError

BUNDLED = Path(__file__).parent.parent / "bundled"
"""The model folder that ships inside the package."""

BUNDLED_NAME = "bundled"


def find_model(model: str | Path | None) -> Path:
    """Return the folder of a model, given as a folder or as the name of a pulled model.

    None and "bundled" stand for the model inside the package. Raises ModelError for a model of
    the catalogue that is not pulled yet, UnknownNameError for an unknown name.
    """
    if model is None or model == BUNDLED_NAME:
        return BUNDLED
    folder = Path(model).expanduser()
    name = str(model)
    if folder.is_dir() or isinstance(model, Path) or os.sep in name or "/" in name:
        return folder
    if name in pulled_models():
        return cache_folder("models", name)
    if name in models():
        raise ModelError(f"{name} is not here yet: {how_to_get(name)}")
    raise unknown_name("model", name, {BUNDLED_NAME, *pulled_models(), *models()})


def pulled_models() -> list[str]:
    """List the models in the cache by name."""
    return sorted(path.parent.name for path in cache_folder("models").glob(f"[!.]*/{MODEL_FILE}"))


def how_to_get(name: str) -> str:
    """Return the command that gets a model of the catalogue."""
    verb = f"pull {name}" if models()[name].pull else f"import {name} --out FOLDER"
    return f"visavis models {verb}"
