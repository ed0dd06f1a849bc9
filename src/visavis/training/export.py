"""From trained towers to a model folder that runs without torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from visavis.encoders.onnx import FORMAT, MODEL_FILE, REGIONS_OUTPUT, OnnxEncoder
from visavis.errors import ModelError
from visavis.training.graphs import write_graph
from visavis.training.halving import store_half
from visavis.training.model import TwoTowers
from visavis.training.parts import PLACES_INPUT, encode_parts_on_demand
from visavis.training.tables import store_tables_in_bytes
from visavis.training.towers.image import ImageTower
from visavis.training.towers.windows import WithWindows, window_boxes, window_masks

LEAST_COSINE = 0.9999


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
    image = model.image
    windows = window_boxes(image.cells)
    export_image(image, folder / "image.onnx")
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
    if windows:
        described["windows"] = [[round(part, 6) for part in box] for box in windows]
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

    Compared on noise images, as wholes and in their windows, and on texts of many lengths made of
    the vocabulary's own words.
    Raises ModelError below 0.9999.
    """
    encoder = OnnxEncoder.open(folder)
    rng = np.random.default_rng(0)
    side = encoder.image_size
    pixels = rng.integers(0, 256, (8, side, side, 3), dtype=np.uint8)
    texts = _texts(tokenizer)
    noise = torch.from_numpy(pixels)
    pairs = [
        (model.image(noise), encoder.encode_images(list(pixels))),
        (model.text(_tokens(tokenizer, texts)), encoder.encode_texts(texts)),
    ]
    if encoder.info.regions:
        windows = model.image.parts(noise, window_masks(model.image.cells))
        pairs.append((windows, encoder.encode_with_regions(list(pixels))[:, 1:]))
    lowest = min(float((ours.numpy() * theirs).sum(axis=-1).min()) for ours, theirs in pairs)
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


def export_image(tower: ImageTower, path: Path) -> None:
    """Write an image tower; with cells it gives the vectors of windows, too, when asked."""
    pixels = torch.randint(0, 256, (2, tower.size, tower.size, 3), dtype=torch.uint8)
    axes, outputs = {0: "images"}, ["vectors"]
    windows = window_masks(tower.cells)
    if not len(windows):
        export_network(tower, pixels, axes, outputs, path)
    else:
        places = torch.cat([torch.ones(1, tower.cells**2, dtype=torch.bool), windows])
        network, outputs = WithWindows(tower).eval(), [*outputs, REGIONS_OUTPUT]
        export_network(network, pixels, axes, outputs, path, places=places)


def export_network(
    network: nn.Module,
    example: Tensor,
    axes: dict[int, str],
    outputs: Sequence[str],
    path: Path,
    *,
    places: Tensor | None = None,
    tables_in_bytes: bool = False,
) -> None:
    """Write a network, large weights in half precision.

    `axes` names the free axes of the input. A network that takes `places`, too, keeps them, and
    encodes as many as it is asked to.
    """
    inputs = {"input": example}
    free = {"input": {axis: torch.export.Dim(label) for axis, label in axes.items()}}
    if places is not None:
        inputs[PLACES_INPUT], free[PLACES_INPUT] = places, {0: torch.export.Dim("parts")}
    write_graph(network, inputs, free, path, outputs)
    graph = onnx.load(path)
    if places is not None:
        encode_parts_on_demand(graph, places.numpy())
    if tables_in_bytes:
        store_tables_in_bytes(graph)
    store_half(graph)
    onnx.save(graph, path)


def _digest(folder: Path, names: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name in names:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()
