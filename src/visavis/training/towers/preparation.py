"""Input of a backbone: the side of its images in pixels, and the scale of their colours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from visavis.encoders.preprocessor_config import PreprocessorConfig
from visavis.errors import ModelError, TrainingError

RGB = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Preparation:
    """Images are `size` pixels wide and high; colours in [0, 1] become (c - mean) / std."""

    size: int
    mean: RGB
    std: RGB

    @classmethod
    def read(cls, folder: Path) -> Preparation:
        """Read the preparation of a transformers model folder; raise TrainingError without one."""
        try:
            return cls._of(PreprocessorConfig.read(folder))
        except ModelError as error:
            raise TrainingError(str(error)) from None

    @classmethod
    def _of(cls, config: PreprocessorConfig) -> Preparation:
        try:
            size, scaling = config.size, config.scaling
            if config.values.get("do_normalize", True):
                _ = config.values["image_mean"]  # required: no default fits an unknown network
            top = 255 * scaling.scale  # the largest value of a rescaled colour
            mean, std = _three(scaling.mean, top), _three(scaling.std, top)
            return cls(size, mean, std)
        except (KeyError, TypeError, ValueError) as error:
            raise TrainingError(f"{config.source}: {error} is missing or malformed") from None


IMAGENET = Preparation(224, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
PLUS_MINUS_ONE = Preparation(224, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
LITE = Preparation(224, (127 / 255,) * 3, (128 / 255,) * 3)
"""Of EfficientNet-Lite: (value - 127) / 128."""


def _three(values: tuple[float, ...], top: float) -> RGB:
    red, green, blue = (value / top for value in values)
    return red, green, blue
