"""The state of a run on disk: whole or not at all, and only for the run it belongs to."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch

from visavis.errors import TrainingError, reason
from visavis.files import replacing
from visavis.training.recipe import Recipe, flatten

FILE = "checkpoint.pt"


def save(state: Any, path: Path) -> None:
    """Write `state` so that the file is the old one or the new one, whatever happens.

    Raises TrainingError when it cannot be written; the old one is then intact.
    """
    buffer = io.BytesIO()
    torch.save(state, buffer)
    try:
        with replacing(path) as file:
            file.write(buffer.getbuffer())
    except OSError as error:
        kept = "the earlier one is intact: " if path.exists() else ""
        raise TrainingError(
            f"{path}: the checkpoint could not be written, {reason(error)}; {kept}make room and run the "
            "same command again"
        ) from error


def load(path: Path) -> Any:
    """Read what `save` wrote; raises TrainingError for a file that is none."""
    try:
        return torch.load(path, weights_only=True)
    except Exception as error:  # torch raises whatever its readers meet
        raise TrainingError(
            f"{path}: not a checkpoint that can be read; remove it to start anew"
        ) from error


def identity(recipe: Recipe, data: str) -> dict[str, Any]:
    """Return what must be the same for a run to go on: the recipe, value by value, and the data."""
    return {"data": data, **flatten(recipe)}


def check_same(stored: dict[str, Any], now: dict[str, Any], folder: Path) -> None:
    """Raise TrainingError, naming what differs, when a checkpoint is of another run."""
    for key in sorted(stored.keys() | now.keys()):
        if stored.get(key) != now.get(key):
            raise TrainingError(
                f"{folder} holds a run with {key} = {stored.get(key)!r}, not {now.get(key)!r}: "
                "give the same to go on, or another --out to start anew"
            )
