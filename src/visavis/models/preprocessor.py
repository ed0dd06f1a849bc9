"""From `preprocessor_config.json`, as transformers writes it, to what `model.json` says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from visavis.encoders.preprocessing import INTERPOLATIONS, Preprocessing, Scaling
from visavis.errors import ModelError

_BICUBIC = 3


def read_preprocessing(config: Mapping[str, Any]) -> Preprocessing:
    """Return what an image processor does, read from its configuration.

    Raises ModelError for a step that is not known here, naming it.
    """
    for step in ("do_pad", "do_split_image", "do_reduce_labels"):
        if config.get(step):
            raise ModelError(f"preprocessor_config.json: {step} is not supported")
    if not config.get("do_resize", True):
        raise ModelError("preprocessor_config.json: images are not resized; do_resize is needed")
    resize, side = _resize(config.get("size"))
    size = _crop(config, resize, side)
    return Preprocessing(
        size=size,
        resize=resize,
        resize_to=side,
        interpolation=_interpolation(config.get("resample", _BICUBIC)),
        channels="BGR" if config.get("do_flip_channel_order") else "RGB",
        scaling=_scaling(config),
    )


def _resize(size: Any) -> tuple[str, int]:
    sides = {name: side for name, side in size.items() if side} if isinstance(size, dict) else {}
    if isinstance(size, int):
        return "shortest", size
    if set(sides) == {"shortest_edge"}:
        return "shortest", int(sides["shortest_edge"])
    if set(sides) == {"height", "width"} and sides["height"] == sides["width"]:
        return "squash", int(sides["height"])
    raise ModelError(
        f"preprocessor_config.json: size {size} is not supported; "
        "shortest_edge, or height and width that are equal"
    )


def _crop(config: Mapping[str, Any], resize: str, side: int) -> int:
    crop = config.get("crop_size")
    if not config.get("do_center_crop", crop is not None):
        if resize == "shortest":
            raise ModelError(
                "preprocessor_config.json: images would not be square; crop_size is needed"
            )
        return side
    if isinstance(crop, dict):
        if crop.get("height") != crop.get("width"):
            raise ModelError(f"preprocessor_config.json: crop_size {crop} is not square")
        crop = crop["height"]
    return int(side if crop is None else crop)


def _interpolation(number: int) -> str:
    if number not in range(len(INTERPOLATIONS)):
        raise ModelError(f"preprocessor_config.json: resample {number} is not one of Pillow's")
    return INTERPOLATIONS[number]


def _scaling(config: Mapping[str, Any]) -> Scaling:
    """Return one scaling for all steps on pixel values, EfficientNet's extra ones included."""
    scale = float(config.get("rescale_factor", 1 / 255)) if config.get("do_rescale", True) else 1.0
    mean, std = _channels(0), _channels(1)
    if config.get("do_normalize", True) and config.get("image_mean") is not None:
        mean, std = _channels(config["image_mean"]), _channels(config["image_std"])
    if config.get("rescale_offset"):
        mean = tuple(value + 1 for value in mean)
    if config.get("include_top"):
        std = tuple(value**2 for value in std)
    return Scaling(scale, mean, std)


def _channels(values: Any) -> tuple[float, ...]:
    return (float(values),) * 3 if isinstance(values, int | float) else tuple(map(float, values))
