"""Smaller copies of model folders: weights in eight bits, or in half precision."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import onnx

from visavis.encoders.folder import check_new, drafting, write_description
from visavis.encoders.onnx import OnnxEncoder
from visavis.encoders.sessions import image_inputs, open_session
from visavis.training.export.check import check_cosines
from visavis.training.export.half import store_half, store_single
from visavis.training.export.int8 import restore_convolutions, restore_matrices
from visavis.training.export.static import quantize_convolutions, quiet
from visavis.types import Pixels, Vectors

if TYPE_CHECKING:
    from PIL.Image import Image

Precision: TypeAlias = Literal["int8", "int8-static", "fp16"]
Tower: TypeAlias = Literal["image", "text"]

TOWERS: tuple[Tower, ...] = ("image", "text")
LEAST_COSINE = 0.98
CALIBRATED = 100  # images that static scales are measured on


@dataclass(frozen=True, slots=True)
class TowerReport:
    """One tower of a model before and after: size and speed; and cosines of old to new vectors."""

    megabytes: tuple[float, float]
    per_second: tuple[float, float]
    lowest_cosine: float
    mean_cosine: float


@dataclass(frozen=True, slots=True)
class QuantizeReport:
    """The id of the new model, and how its towers compare with the original's."""

    id: str
    images: TowerReport
    texts: TowerReport


def quantize(
    source: Path,
    folder: Path,
    precision: Precision,
    images: Sequence[Image],
    texts: Sequence[str],
    *,
    least: float = LEAST_COSINE,
) -> QuantizeReport:
    """Write a smaller copy of a model folder, and compare the two on `images` and `texts`.

    "int8" stores the weights of matrix products in eight bits, one scale a column, and multiplies
    integers; other large weights are stored in half precision, or in bytes as before.
    "int8-static" does the same with the convolutions of the image network, by scales measured on
    the first `CALIBRATED` of `images`, and leaves the text network as it is. "fp16" stores all
    large weights in half precision, and computes as before. Raises ModelError, leaving nothing
    behind, if a cosine to the original is below `least`.
    """
    check_new(folder)
    original = OnnxEncoder.open(source)
    pixels = [original.prepare(image) for image in images]
    with drafting(folder) as draft:
        identity = _write(original, draft, precision, pixels)
        smaller = OnnxEncoder.open(draft)
        of_images, image_vectors = _compare(original, smaller, "image", pixels)
        of_texts, text_vectors = _compare(original, smaller, "text", list(texts))
        check_cosines(folder, [image_vectors, text_vectors], least, original="the original")
    return QuantizeReport(identity, of_images, of_texts)


def _write(model: OnnxEncoder, folder: Path, precision: Precision, pixels: Sequence[Pixels]) -> str:
    details = json.loads(json.dumps(model.info.details))
    for tower in TOWERS:
        target = folder / f"{tower}.onnx"
        if precision == "int8-static":
            _calibrate(model, tower, target, pixels[:CALIBRATED])
        else:
            _shrink(model.folder / details[tower]["file"], target, precision)
        details[tower]["file"] = target.name
        if precision == "int8":
            # Activations are scaled by the largest of a batch, so that an image's vector would
            # depend on its neighbours.
            details[tower]["batch"] = 1
    shutil.copy(model.folder / model.info.tokenizer_file, folder / "tokenizer.json")
    details["text"]["tokenizer"] = "tokenizer.json"
    name, _, _ = str(details.pop("id")).partition("@")
    details |= {"made_from": model.id, "precision": precision}
    for measured in ("figures", "relevance"):  # with the original
        details.pop(measured, None)
    return write_description(folder, f"{name}-{precision}", details)


def _calibrate(model: OnnxEncoder, tower: Tower, target: Path, pixels: Sequence[Pixels]) -> None:
    graph = onnx.load(model.folder / model.info.details[tower]["file"])
    if tower == "image":
        session = open_session(str(model.folder / model.info.image.file))
        inputs = [
            image_inputs(session, model.info.preprocessing, image[np.newaxis]) for image in pixels
        ]
        restore_convolutions(graph)
        graph = quantize_convolutions(graph, inputs)
        store_half(graph)
    onnx.save(graph, target)


def _shrink(source: Path, target: Path, precision: Precision) -> None:
    graph = onnx.load(source)
    if precision == "int8":
        restore_matrices(graph)
        store_single(graph)
        _quantize_products(graph, target)
        graph = onnx.load(target)
    store_half(graph)
    onnx.save(graph, target)


def _quantize_products(graph: onnx.ModelProto, target: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with quiet():
        quantize_dynamic(
            graph,
            target,
            op_types_to_quantize=["MatMul", "Gemm"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True},
        )


def _compare(
    original: OnnxEncoder, smaller: OnnxEncoder, tower: Tower, inputs: list[Any]
) -> tuple[TowerReport, tuple[Vectors, Vectors]]:
    """Return the report of a tower, and the vectors of both models."""
    encode = "encode_images" if tower == "image" else "encode_texts"
    old, old_speed = _timed(getattr(original, encode), inputs)
    new, new_speed = _timed(getattr(smaller, encode), inputs)
    cosines = np.sum(old * new, axis=1)
    report = TowerReport(
        megabytes=(_megabytes(original, tower), _megabytes(smaller, tower)),
        per_second=(old_speed, new_speed),
        lowest_cosine=float(cosines.min()),
        mean_cosine=float(cosines.mean()),
    )
    return report, (old, new)


def _timed(
    encode: Callable[[list[Any]], Vectors], inputs: list[Pixels] | list[str]
) -> tuple[Vectors, float]:
    """Return the vectors, and how many inputs are encoded a second."""
    encode(inputs[:1])  # loads the network
    start = perf_counter()
    vectors = encode(inputs)
    return vectors, len(inputs) / (perf_counter() - start)


def _megabytes(model: OnnxEncoder, tower: Tower) -> float:
    """Return the size of a network and of weights beside it."""
    network = model.folder / model.info.details[tower]["file"]
    files = network.parent.glob(f"{network.name}*")
    size: int = sum(file.stat().st_size for file in files)
    return size / 1e6
