"""Export trained towers to a model folder that runs without torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from visavis.encoders.folder import write_description
from visavis.encoders.info import REGIONS_KEY
from visavis.encoders.onnx import REGIONS_OUTPUT, OnnxEncoder
from visavis.training.export.check import check_cosines
from visavis.training.export.graph import write_graph
from visavis.training.export.half import store_half
from visavis.training.export.regions import MASKS_INPUT, encode_regions_on_demand
from visavis.training.export.tables import store_tables_in_bytes
from visavis.training.model import TwoTowers
from visavis.training.towers.image import ImageTower
from visavis.training.towers.regions import WithRegions, region_boxes, region_masks


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
    regions = region_boxes(model.image.grid)
    export_image(model.image, folder / "image.onnx")
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
    image: dict[str, Any] = {"file": "image.onnx", "size": model.image.size, "resize": "squash"}
    if regions:
        image[REGIONS_KEY] = [[round(share, 6) for share in box] for box in regions]
    description = {
        "dim": model.image.dim,
        "image": image,
        "text": {"file": "text.onnx", "tokenizer": "tokenizer.json"},
        **details,
    }
    write_description(folder, name, description)
    check_export(model, tokenizer, folder)


@torch.no_grad()
def check_export(model: TwoTowers, tokenizer: Tokenizer, folder: Path) -> float:
    """Return the lowest cosine between torch's and the folder's vectors.

    Compared on noise images, in full and in their regions, and on texts of many lengths made of
    the vocabulary's own words. Raises ModelError below 0.9999.
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
        regions = model.image.regions(noise, region_masks(model.image.grid))
        pairs.append((regions, encoder.encode_with_regions(list(pixels))[:, 1:]))
    return check_cosines(folder, [(ours.numpy(), theirs) for ours, theirs in pairs])


def _texts(tokenizer: Tokenizer) -> list[str]:
    """Make texts of 1 to 34 of the vocabulary's own words."""
    special = {token.content for token in tokenizer.get_added_tokens_decoder().values()}
    words = [word.lstrip("▁") for word in sorted(tokenizer.get_vocab()) if word not in special]
    rng = np.random.default_rng(0)
    return [" ".join(rng.choice(words, length)) for length in (1, 2, 3, 5, 8, 13, 21, 34)]


def _tokens(tokenizer: Tokenizer, texts: list[str]) -> Tensor:
    return torch.tensor([found.ids for found in tokenizer.encode_batch(texts)])


def export_image(tower: ImageTower, path: Path) -> None:
    """Write an image tower; one with a grid also gives the vectors of regions, when asked."""
    pixels = torch.randint(0, 256, (2, tower.size, tower.size, 3), dtype=torch.uint8)
    axes, outputs = {0: "images"}, ["vectors"]
    regions = region_masks(tower.grid)
    if not len(regions):
        export_network(tower, pixels, axes, outputs, path)
    else:
        masks = torch.cat([torch.ones(1, tower.grid**2, dtype=torch.bool), regions])
        network, outputs = WithRegions(tower).eval(), [*outputs, REGIONS_OUTPUT]
        export_network(network, pixels, axes, outputs, path, masks=masks)


def export_network(
    network: nn.Module,
    example: Tensor,
    axes: dict[int, str],
    outputs: Sequence[str],
    path: Path,
    *,
    masks: Tensor | None = None,
    tables_in_bytes: bool = False,
) -> None:
    """Write a network, large weights in half precision.

    `axes` names the free axes of the input. A network that also takes `masks` of regions keeps
    them, and encodes as many as it is asked to.
    """
    inputs = {"input": example}
    free = {"input": {axis: torch.export.Dim(label) for axis, label in axes.items()}}
    if masks is not None:
        inputs[MASKS_INPUT], free[MASKS_INPUT] = masks, {0: torch.export.Dim("parts")}
    write_graph(network, inputs, free, path, outputs)
    graph = onnx.load(path)
    if masks is not None:
        encode_regions_on_demand(graph, masks.numpy())
    if tables_in_bytes:
        store_tables_in_bytes(graph)
    store_half(graph)
    onnx.save(graph, path)
