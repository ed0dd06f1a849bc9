"""What a network expects of an image: its side in pixels, and the scale of its colours."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from visavis.errors import TrainingError

CONFIGURATIONS = ("preprocessor_config.json", "processor_config.json")
RGB = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Preparation:
    """Images are `size` pixels wide and high; colours in [0, 1] become (c - mean) / std."""

    size: int
    mean: RGB
    std: RGB

    @classmethod
    def read(cls, folder: Path) -> Preparation:
        """Read what a transformers model folder says; raise TrainingError if it says nothing."""
        file = next((folder / n for n in CONFIGURATIONS if (folder / n).is_file()), None)
        if file is None:
            raise TrainingError(f"{folder}: no {CONFIGURATIONS[0]} that says what images it takes")
        try:
            found = json.loads(file.read_text("utf-8"))
            found = found.get("image_processor", found)
            return cls(_size(found), *_colours(found))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise TrainingError(f"{file}: {error} is missing or malformed") from None


IMAGENET = Preparation(224, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
PLUS_MINUS_ONE = Preparation(224, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
LITE = Preparation(224, (127 / 255,) * 3, (128 / 255,) * 3)
"""Of EfficientNet-Lite: (value - 127) / 128."""


def _size(found: dict[str, Any]) -> int:
    """Return the side of the square that remains after resizing and cropping."""
    crops = found.get("do_center_crop", "crop_size" in found) and found.get("crop_size")
    size = found["crop_size"] if crops else found["size"]
    if isinstance(size, dict):
        sides = {size[name] for name in ("height", "width", "shortest_edge") if name in size}
        if len(sides) != 1:
            raise ValueError(f"a square size, not {size},")
        size = sides.pop()
    return int(size)


def _colours(found: dict[str, Any]) -> tuple[RGB, RGB]:
    """Return mean and deviation for colours in [0, 1]; the file's are for rescaled ones."""
    top = 255 * found.get("rescale_factor", 1 / 255) if found.get("do_rescale", True) else 255
    normalised = found.get("do_normalize", True)
    mean = found["image_mean"] if normalised else (0, 0, 0)
    std = found["image_std"] if normalised else (1, 1, 1)
    return _three(mean, top), _three(std, top)


def _three(values: Any, top: float) -> RGB:
    red, green, blue = (float(value) / top for value in values)
    return red, green, blue
