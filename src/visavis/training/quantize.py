"""Make a model folder smaller: its weights in eight bits, or in half precision."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import onnx

from visavis.encoders.folder import check_new, write_description
from visavis.encoders.onnx import OnnxEncoder
from visavis.errors import ModelError
from visavis.training.export.half import store_half, store_single
from visavis.types import Pixels, Vectors

if TYPE_CHECKING:
    from PIL.Image import Image

Precision: TypeAlias = Literal["int8", "fp16"]
LEAST_COSINE = 0.98


@dataclass(frozen=True, slots=True)
class Side:
    """What became of one side of a model, before and after: size, speed, and the cosines."""

    megabytes: tuple[float, float]
    per_second: tuple[float, float]
    lowest: float
    mean: float


@dataclass(frozen=True, slots=True)
class Quantized:
    """The new model's id, and what became of its images and texts."""

    id: str
    images: Side
    texts: Side


def quantize(
    source: Path,
    folder: Path,
    precision: Precision,
    images: Sequence[Image],
    texts: Sequence[str],
    *,
    least: float = LEAST_COSINE,
) -> Quantized:
    """Write a smaller copy of a model, and compare it on images and texts that matter.

    "int8" keeps the weights of matrix products in eight bits, a scale a column, and multiplies
    in whole numbers; all other large weights are halved. "fp16" halves all of them, and computes
    as before. Raises ModelError, leaving nothing behind, when a cosine falls below `least`.
    """
    check_new(folder)
    before = OnnxEncoder.open(source)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        draft = Path(scratch) / "model"
        draft.mkdir()
        identity = _write(before, draft, precision)
        after = OnnxEncoder.open(draft)
        pixels = [before.prepare(image) for image in images]
        made = Quantized(
            identity,
            _compare(before, after, "image", pixels),
            _compare(before, after, "text", list(texts)),
        )
        lowest = min(made.images.lowest, made.texts.lowest)
        if not lowest >= least:
            raise ModelError(
                f"{folder}: the lowest cosine to the original is {lowest:.4f} (images "
                f"{made.images.lowest:.4f}, texts {made.texts.lowest:.4f}), below {least}; "
                "nothing was written"
            )
        if folder.exists():
            folder.rmdir()
        shutil.move(draft, folder)
    return made


def _write(model: OnnxEncoder, folder: Path, precision: Precision) -> str:
    details = json.loads(json.dumps(model.info.details))
    tokenizer = model.info.tokenizer_file
    for side in ("image", "text"):
        place = folder / f"{side}.onnx"
        _shrink(model.folder / details[side]["file"], place, precision)
        details[side]["file"] = place.name
        if precision == "int8":
            # The scale of the activations is that of a whole batch: alone, an image has the
            # same vector whatever stands beside it.
            details[side]["batch"] = 1
    shutil.copy(model.folder / tokenizer, folder / "tokenizer.json")
    details["text"]["tokenizer"] = "tokenizer.json"
    name, _, _ = str(details.pop("id")).partition("@")
    details |= {"made_from": model.id, "precision": precision}
    details.pop("figures", None)  # they were measured with the original
    return write_description(folder, f"{name}-{precision}", details)


def _shrink(source: Path, target: Path, precision: Precision) -> None:
    graph = onnx.load(source)
    if precision == "int8":
        store_single(graph)
        _to_whole_numbers(graph, target)
        graph = onnx.load(target)
    store_half(graph)
    onnx.save(graph, target)


def _to_whole_numbers(graph: onnx.ModelProto, target: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)  # it advises a preprocessing that changes nothing here
    try:
        quantize_dynamic(
            graph,
            target,
            op_types_to_quantize=["MatMul", "Gemm"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True},
        )
    finally:
        logger.setLevel(level)


def _compare(
    before: OnnxEncoder, after: OnnxEncoder, side: Literal["image", "text"], inputs: list[Any]
) -> Side:
    encode = "encode_images" if side == "image" else "encode_texts"
    old, old_speed = _timed(getattr(before, encode), inputs)
    new, new_speed = _timed(getattr(after, encode), inputs)
    cosines = np.sum(old * new, axis=1)
    return Side(
        megabytes=(_megabytes(before, side), _megabytes(after, side)),
        per_second=(old_speed, new_speed),
        lowest=float(cosines.min()),
        mean=float(cosines.mean()),
    )


def _timed(
    encode: Callable[[list[Any]], Vectors], inputs: list[Pixels] | list[str]
) -> tuple[Vectors, float]:
    encode(inputs[:1])  # loads the network
    start = perf_counter()
    vectors = encode(inputs)
    return vectors, len(inputs) / (perf_counter() - start)


def _megabytes(model: OnnxEncoder, side: Literal["image", "text"]) -> float:
    """Return the size of a network and of weights beside it."""
    network = model.folder / model.info.details[side]["file"]
    files = network.parent.glob(f"{network.name}*")
    size: int = sum(file.stat().st_size for file in files)
    return size / 1e6
