"""Checkpoints on disk: written atomically, and read only by the run that wrote them."""

from __future__ import annotations

import hashlib
import io
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch

from visavis.errors import TrainingError, reason
from visavis.files import replacing
from visavis.training.data import TrainingData
from visavis.training.recipe import ImageRecipe, Recipe, Stage, TextRecipe, flatten

FILE = "checkpoint.pt"


def save(state: Any, path: Path) -> None:
    """Write `state` atomically: after a crash the file is the old one or the new one.

    Raises TrainingError if it cannot be written; the old one is then intact.
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
    """Read what `save` wrote; raises TrainingError if it is not a checkpoint."""
    try:
        return torch.load(path, weights_only=True)
    except Exception as error:  # torch raises whatever its readers meet
        raise TrainingError(
            f"{path}: not a checkpoint that can be read; remove it to start anew"
        ) from error


def identity(recipe: Recipe, data: TrainingData) -> dict[str, Any]:
    """Return what must be the same for a run to resume: the data and each value of the recipe."""
    return {"data": _fingerprint(data), **flatten(recipe)}


def check_same(stored: dict[str, Any], now: dict[str, Any], folder: Path) -> None:
    """Raise TrainingError, naming what differs, if a checkpoint is of another run."""
    for key in sorted(stored.keys() | now.keys()):
        if stored.get(key, _default(key)) != now.get(key):
            raise TrainingError(
                f"{folder} holds a run with {key} = {stored.get(key)!r}, not {now.get(key)!r}: "
                "give the same to go on, or another --out to start anew"
            )


def _default(key: str) -> Any:
    """Return the value of a setting that an earlier version, which wrote a run, did not know."""
    kind = {"image": ImageRecipe, "text": TextRecipe, "stages": Stage}.get(key.partition(".")[0])
    name = key.rpartition(".")[2]
    return (
        next((each.default for each in fields(kind) if each.name == name), None) if kind else None
    )


def _fingerprint(data: TrainingData) -> str:
    """Tell apart other images, captions or splits."""
    digest = hashlib.sha256()
    for pairs in (data.train, data.dev):
        for line in (*(path.name for path in pairs.paths), *pairs.texts):
            digest.update(line.encode(errors="replace") + b"\0")
        digest.update(pairs.image_of_caption.tobytes())
    return digest.hexdigest()[:16]
