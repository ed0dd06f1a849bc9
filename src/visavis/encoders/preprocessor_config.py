"""Reader of `preprocessor_config.json`, which transformers writes beside its models."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from visavis.encoders.preprocessing import INTERPOLATIONS, Preprocessing, Scaling
from visavis.errors import ModelError

PREPROCESSOR_FILES = ("preprocessor_config.json", "processor_config.json")

_BICUBIC = 3
_UNSUPPORTED = ("do_pad", "do_split_image", "do_reduce_labels")


@dataclass(frozen=True, slots=True)
class PreprocessorConfig:
    """The configuration of an image processor; `source` names it in messages.

    Properties raise ModelError for steps that are not supported, naming them.
    """

    values: Mapping[str, Any]
    source: str = PREPROCESSOR_FILES[0]

    @classmethod
    def read(cls, folder: Path) -> PreprocessorConfig:
        """Read the configuration in a model folder; raise ModelError if there is none."""
        file = next((folder / n for n in PREPROCESSOR_FILES if (folder / n).is_file()), None)
        if file is None:
            raise ModelError(f"{folder}: no {PREPROCESSOR_FILES[0]} that says what images it takes")
        try:
            values = json.loads(file.read_text("utf-8"))
            return cls(values.get("image_processor", values), str(file))
        except (AttributeError, ValueError) as error:
            raise ModelError(f"{file}: {error} is missing or malformed") from None

    @property
    def preprocessing(self) -> Preprocessing:
        """All steps from an image to what the network takes."""
        for step in _UNSUPPORTED:
            if self.values.get(step):
                raise self._error(f"{step} is not supported")
        if not self.values.get("do_resize", True):
            raise self._error("images are not resized; do_resize is needed")
        resize, side = self._resize
        if resize == "shortest" and not self._is_cropped:
            raise self._error("images would not be square; crop_size is needed")
        flipped = self.values.get("do_flip_channel_order")
        return Preprocessing(
            size=self.size,
            resize=resize,
            resize_to=side,
            interpolation=self._interpolation,
            channels="BGR" if flipped else "RGB",
            scaling=self.scaling,
        )

    @property
    def size(self) -> int:
        """Side in pixels of the square that remains after resizing and cropping."""
        crop = self.values.get("crop_size") if self._is_cropped else None
        if crop is None:
            return self._resize[1]
        if isinstance(crop, dict):
            if crop.get("height") != crop.get("width"):
                raise self._error(f"crop_size {crop} is not square")
            crop = crop["height"]
        return int(crop)

    @property
    def scaling(self) -> Scaling:
        """One scaling for all steps on pixel values, EfficientNet's extra ones included."""
        values = self.values
        rescaled = values.get("do_rescale", True)
        scale = float(values.get("rescale_factor", 1 / 255)) if rescaled else 1.0
        mean, std = _channels(0), _channels(1)
        if values.get("do_normalize", True) and values.get("image_mean") is not None:
            mean, std = _channels(values["image_mean"]), _channels(values["image_std"])
        if values.get("rescale_offset"):
            mean = tuple(value + 1 for value in mean)
        if values.get("include_top"):
            std = tuple(value**2 for value in std)
        return Scaling(scale, mean, std)

    @property
    def _is_cropped(self) -> bool:
        return bool(self.values.get("do_center_crop", self.values.get("crop_size") is not None))

    @property
    def _resize(self) -> tuple[str, int]:
        """How an image is resized, "squash" or "shortest", and to which side."""
        size = self.values.get("size")
        if size is None:
            raise self._error("'size' is missing")
        if isinstance(size, int):
            return "shortest", size
        sides = (
            {name: side for name, side in size.items() if side} if isinstance(size, dict) else {}
        )
        if set(sides) == {"shortest_edge"}:
            return "shortest", int(sides["shortest_edge"])
        if set(sides) == {"height", "width"} and sides["height"] == sides["width"]:
            return "squash", int(sides["height"])
        raise self._error(
            f"size {size} is not supported; a square size is needed: shortest_edge, "
            "or height and width that are equal"
        )

    @property
    def _interpolation(self) -> str:
        number = self.values.get("resample", _BICUBIC)
        if number not in range(len(INTERPOLATIONS)):
            raise self._error(f"resample {number} is not one of Pillow's")
        return INTERPOLATIONS[number]

    def _error(self, problem: str) -> ModelError:
        return ModelError(f"{self.source}: {problem}")


def _channels(values: Any) -> tuple[float, ...]:
    return (float(values),) * 3 if isinstance(values, int | float) else tuple(map(float, values))
