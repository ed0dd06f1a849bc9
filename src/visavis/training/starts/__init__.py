"""What a run begins with: new towers, or those of a pretrained model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from visavis.catalogue import models
from visavis.encoders.info import MODEL_FILE
from visavis.encoders.resolve import BUNDLED_NAME, find_model, pulled_models
from visavis.training.recipe import Recipe
from visavis.training.starts.base import Start
from visavis.training.starts.fresh import FreshStart

__all__ = ["FreshStart", "Start", "is_importable", "model_folder", "open_start"]


def open_start(recipe: Recipe, materials: Mapping[str, Any]) -> Start:
    """Open the model that a recipe begins with, or make its towers. Raises TrainingError."""
    if recipe.model is None:
        return FreshStart(recipe, materials)
    from visavis.training.starts.dual import DualStart
    from visavis.training.starts.folder import FolderStart

    folder = model_folder(recipe.model)
    return FolderStart(recipe, folder) if folder else DualStart.open(recipe)


def model_folder(model: str) -> Path | None:
    """Return the model folder of a name or a path, None for what transformers has to load."""
    if model == BUNDLED_NAME or (model in pulled_models() and not is_importable(model)):
        return find_model(model)
    folder = Path(model).expanduser()
    return folder if (folder / MODEL_FILE).is_file() else None


def is_importable(model: str) -> bool:
    """Tell whether the catalogue knows where transformers finds a model."""
    return bool(model in models() and models()[model].import_)
