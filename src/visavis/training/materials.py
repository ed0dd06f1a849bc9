"""Further material of a training run: what the recipe's `[data]` table names, by its readers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from visavis.registry import Registry

MATERIALS: Registry[Callable[[Path], Any]] = Registry("materials")
"""Functions that open the file or folder of a key of `[data]`; they raise TrainingError."""

BY_NAME = {"teacher_model"}
"""Keys that may name something else than a path: their functions refuse an unknown name."""


def open_materials(data: Mapping[str, str]) -> dict[str, Any]:
    """Open all that a recipe's `[data]` table names; an empty path counts as absent."""
    return {
        name: MATERIALS.get(name)(Path(path).expanduser()) for name, path in data.items() if path
    }
