"""From trained towers to a model folder that runs without torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from visavis.encoders.onnx import FORMAT, MODEL_FILE, OnnxEncoder
from visavis.errors import ModelError
from visavis.training.graphs import write_graph
from visavis.training.halving import store_half
from visavis.training.model import TwoTowers
from visavis.training.tables import store_tables_in_bytes
from visavis.training.towers.image import CELLS, ImageExport, ImageTower
from visavis.training.towers.vision import VisionExport, VisionTower
from visavis.training.towers.windows import window_boxes

IMAGE_SIZE = 224
LEAST_COSINE = 0.9999


@dataclass(frozen=True, slots=True)
class ImageSide:
    """What is exported of an image tower: pixels of `size` to vectors, and those of windows."""

    network: nn.Module
    size: int
    dim: int
    windows: Sequence[tuple[float, float, float, float]]

    @classmethod
    def of(cls, tower: ImageTower | VisionTower) -> ImageSide:
        """Choose what to export: a tower with windows has a second output."""
        if isinstance(tower, ImageTower):
            return cls(
                ImageExport(tower), IMAGE_SIZE, tower.project.out_features, window_boxes(CELLS)
            )
        windows = tower.windows()
        return cls(VisionExport(tower) if windows else tower, tower.size, tower.dim, windows)


def export_model(
    model: TwoTowers,
    tokenizer: Tokenizer,
    folder: Path,
    *,
    name: str,
    details: Mapping[str, Any],
    tables_in_bytes: bool = False,
) -> None:
    """Write `image.onnx`, `text.onnx`, `tokenizer.json` and `model.json` into `folder`.

    Weights are stored in half precision, with `tables_in_bytes` the table of words in bytes, and
    computed with in single precision. `details` (languages, licence, recipe …) go into
    `model.json` as they are. Raises ModelError when the files do not give the vectors that torch
    gives.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model.eval()
    image = ImageSide.of(model.image)
    pixels = torch.randint(0, 256, (2, image.size, image.size, 3), dtype=torch.uint8)
    outputs = ["vectors", "windows"] if image.windows else ["vectors"]
    export_network(image.network.eval(), pixels, {0: "images"}, outputs, folder / "image.onnx")
    tokens = _tokens(tokenizer, _texts(tokenizer)[-2:])
    axes = {0: "texts", 1: "tokens"}
    export_network(
        model.text,
        tokens,
        axes,
        ["vectors"],
        folder / "text.onnx",
        tables_in_bytes=tables_in_bytes,
    )
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    digest = _digest(folder, ("image.onnx", "text.onnx", "tokenizer.json"))
    described: dict[str, Any] = {"file": "image.onnx", "size": image.size, "resize": "squash"}
    if image.windows:
        described["windows"] = [[round(part, 6) for part in box] for box in image.windows]
    description = {
        "format": FORMAT,
        "id": f"{name}@{digest[:12]}",
        "dim": image.dim,
        "image": described,
        "text": {"file": "text.onnx", "tokenizer": "tokenizer.json"},
        **details,
    }
    text = json.dumps(description, indent=2, ensure_ascii=False)
    (folder / MODEL_FILE).write_text(text + "\n", "utf-8")
    check_export(model, tokenizer, folder)


@torch.no_grad()
def check_export(model: TwoTowers, tokenizer: Tokenizer, folder: Path) -> float:
    """Return the lowest cosine between torch's and the folder's vectors.

    Compared on noise pictures and on texts of many lengths made of the vocabulary's own words.
    Raises ModelError below 0.9999.
    """
    encoder = OnnxEncoder.open(folder)
    rng = np.random.default_rng(0)
    side = encoder.image_size
    pixels = rng.integers(0, 256, (8, side, side, 3), dtype=np.uint8)
    texts = _texts(tokenizer)
    images = (
        model.image(torch.from_numpy(pixels)).numpy() * encoder.encode_images(list(pixels))
    ).sum(1)
    sentences = (model.text(_tokens(tokenizer, texts)).numpy() * encoder.encode_texts(texts)).sum(1)
    lowest = float(min(images.min(), sentences.min()))
    if not lowest >= LEAST_COSINE:
        raise ModelError(f"{folder}: cosine to torch {lowest:.6f}, expected {LEAST_COSINE}")
    return lowest


def _texts(tokenizer: Tokenizer) -> list[str]:
    """Make texts of 1 to 34 of the vocabulary's own words."""
    special = {token.content for token in tokenizer.get_added_tokens_decoder().values()}
    words = [word.lstrip("▁") for word in sorted(tokenizer.get_vocab()) if word not in special]
    rng = np.random.default_rng(0)
    return [" ".join(rng.choice(words, length)) for length in (1, 2, 3, 5, 8, 13, 21, 34)]


def _tokens(tokenizer: Tokenizer, texts: list[str]) -> Tensor:
    return torch.tensor([found.ids for found in tokenizer.encode_batch(texts)])


def export_network(
    network: nn.Module,
    example: Tensor,
    axes: dict[int, str],
    outputs: Sequence[str],
    path: Path,
    *,
    tables_in_bytes: bool = False,
) -> None:
    """Write a network of one input, large weights in half precision; `axes` names the free ones."""
    dims = {axis: torch.export.Dim(label) for axis, label in axes.items()}
    write_graph(network, {"input": example}, dims, path, outputs)
    graph = onnx.load(path)
    if tables_in_bytes:
        store_tables_in_bytes(graph)
    store_half(graph)
    onnx.save(graph, path)


def _digest(folder: Path, names: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name in names:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()
