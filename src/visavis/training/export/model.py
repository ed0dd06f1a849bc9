"""Export trained towers to a model folder that runs without torch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from visavis.encoders.folder import drafting, write_description
from visavis.encoders.info import REGIONS_KEY
from visavis.encoders.onnx import REGIONS_OUTPUT, OnnxEncoder
from visavis.encoders.text_mean import note_text_mean
from visavis.errors import ModelError
from visavis.training.export.check import check_cosines
from visavis.training.export.graph import write_graph
from visavis.training.export.half import store_half
from visavis.training.export.int8 import store_int8
from visavis.training.export.regions import MASKS_INPUT, encode_regions_on_demand
from visavis.training.model import TwoTowers
from visavis.training.towers.image import ImageTower
from visavis.training.towers.regions import WithRegions, region_boxes, region_masks
from visavis.types import Modality, Vectors


def export_model(
    model: TwoTowers,
    tokenizer: Tokenizer,
    folder: Path,
    *,
    name: str,
    details: Mapping[str, Any],
    int8: Collection[Modality] = (),
) -> None:
    """Write `image.onnx`, `text.onnx`, `tokenizer.json` and `model.json` into `folder`.

    Weights are stored in half precision, or in single if a vector's cosine to torch's would be
    below 0.9999; tables, matrices and rounded convolutions of the towers in `int8` are stored in
    bytes. The networks compute in single precision. `details` (languages, licence, recipe …) go
    into `model.json` as they are. Raises ModelError, writing nothing, if a cosine is below 0.9999
    in single precision too.
    """
    model.eval()
    write = partial(_write, model, tokenizer, folder, name, details=details, int8=int8)
    try:
        write(half=True)
    except ModelError:  # a fine-tuned network may have lost digits that it needs
        write(half=False)


def _write(
    model: TwoTowers,
    tokenizer: Tokenizer,
    folder: Path,
    name: str,
    *,
    details: Mapping[str, Any],
    int8: Collection[Modality],
    half: bool,
) -> None:
    with drafting(folder) as draft:
        export_image(model.image, draft / "image.onnx", int8="image" in int8, half=half)
        tokens = _tokens(tokenizer, _texts(tokenizer)[-2:])
        export_network(
            model.text,
            tokens,
            {0: "texts", 1: "tokens"},
            ["vectors"],
            draft / "text.onnx",
            int8="text" in int8,
            half=half,
        )
        tokenizer.save(str(draft / "tokenizer.json"), pretty=False)
        write_description(draft, name, {**_describe(model.image), **details})
        note_text_mean(draft)
        check_cosines(folder, _vector_pairs(model, tokenizer, draft))


def _describe(image: ImageTower) -> dict[str, Any]:
    described: dict[str, Any] = {"file": "image.onnx", "size": image.size, "resize": "squash"}
    if regions := region_boxes(image.grid):
        described[REGIONS_KEY] = [[round(share, 6) for share in box] for box in regions]
    return {
        "dim": image.dim,
        "image": described,
        "text": {"file": "text.onnx", "tokenizer": "tokenizer.json"},
    }


def check_export(model: TwoTowers, tokenizer: Tokenizer, folder: Path) -> float:
    """Return the lowest cosine between torch's and the folder's vectors.

    Compared on noise images, in full and in their regions, and on texts of many lengths made of
    the vocabulary's own words. Raises ModelError below 0.9999.
    """
    return check_cosines(folder, _vector_pairs(model, tokenizer, folder))


@torch.no_grad()
def _vector_pairs(
    model: TwoTowers, tokenizer: Tokenizer, folder: Path
) -> list[tuple[Vectors, Vectors]]:
    """Return the vectors of torch and of a model folder: images, texts, and regions if any."""
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
        regions = model.image.regions(noise, region_masks(model.image.grid))
        pairs.append((regions, encoder.encode_with_regions(list(pixels))[:, 1:]))
    return [(theirs.numpy(), ours) for theirs, ours in pairs]


def _texts(tokenizer: Tokenizer) -> list[str]:
    """Make texts of 1 to 34 of the vocabulary's own words."""
    special = {token.content for token in tokenizer.get_added_tokens_decoder().values()}
    words = [word.lstrip("▁") for word in sorted(tokenizer.get_vocab()) if word not in special]
    rng = np.random.default_rng(0)
    return [" ".join(rng.choice(words, length)) for length in (1, 2, 3, 5, 8, 13, 21, 34)]


def _tokens(tokenizer: Tokenizer, texts: list[str]) -> Tensor:
    return torch.tensor([found.ids for found in tokenizer.encode_batch(texts)])


def export_image(tower: ImageTower, path: Path, *, int8: bool = False, half: bool = True) -> None:
    """Write an image tower; one with a grid can be asked for the vectors of regions too."""
    pixels = torch.randint(0, 256, (2, tower.size, tower.size, 3), dtype=torch.uint8)
    axes, outputs = {0: "images"}, ["vectors"]
    regions = region_masks(tower.grid)
    if not len(regions):
        export_network(tower, pixels, axes, outputs, path, int8=int8, half=half)
    else:
        masks = torch.cat([torch.ones(1, tower.grid**2, dtype=torch.bool), regions])
        network, outputs = WithRegions(tower).eval(), [*outputs, REGIONS_OUTPUT]
        export_network(network, pixels, axes, outputs, path, masks=masks, int8=int8, half=half)


def export_network(
    network: nn.Module,
    example: Tensor,
    axes: dict[int, str],
    outputs: Sequence[str],
    path: Path,
    *,
    masks: Tensor | None = None,
    int8: bool = False,
    half: bool = True,
) -> None:
    """Write a network, its large weights in half precision unless told otherwise.

    With `int8`, tables and matrices are in bytes, and convolutions that were rounded to them.

    `axes` names the free axes of the input. The `masks` of regions that a network takes besides
    become a part of it: see `encode_regions_on_demand`.
    """
    inputs = {"input": example}
    free = {"input": {axis: torch.export.Dim(label) for axis, label in axes.items()}}
    if masks is not None:
        inputs[MASKS_INPUT], free[MASKS_INPUT] = masks, {0: torch.export.Dim("parts")}
    write_graph(network, inputs, free, path, outputs)
    graph = onnx.load(path)
    if masks is not None:
        encode_regions_on_demand(graph, masks.numpy())
    if int8:
        store_int8(graph)
    if half:
        store_half(graph)
    onnx.save(graph, path)
