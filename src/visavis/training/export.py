"""From trained towers to a model folder that runs without torch."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from torch import Tensor, nn

from visavis.encoders.onnx import FORMAT, MODEL_FILE, OnnxEncoder
from visavis.errors import ModelError
from visavis.training.model import DualEncoder
from visavis.training.towers.image import ImageExport, window_boxes

IMAGE_SIZE = 224
LEAST_COSINE = 0.9999
HALF_FROM = 1024  # weights with fewer values stay in single precision
OPSET = 18


def export_model(
    model: DualEncoder,
    tokenizer: Tokenizer,
    folder: Path,
    *,
    name: str,
    details: Mapping[str, Any],
) -> None:
    """Write `image.onnx`, `text.onnx`, `tokenizer.json` and `model.json` into `folder`.

    Weights are stored in half precision and computed with in single precision. `details`
    (languages, licence, recipe …) go into `model.json` as they are. Raises ModelError when
    the files do not give the vectors that torch gives.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model.eval()
    pixels = torch.randint(0, 256, (2, IMAGE_SIZE, IMAGE_SIZE, 3), dtype=torch.uint8)
    tokens = torch.tensor([[2, 5, 6, 7], [2, 8, 0, 0]])
    image = ImageExport(model.image).eval()
    names = ["vectors", "windows"]
    _write_network(image, pixels, {0: "images"}, names, folder / "image.onnx")
    axes = {0: "texts", 1: "tokens"}
    _write_network(model.text, tokens, axes, ["vectors"], folder / "text.onnx")
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    digest = _digest(folder, ("image.onnx", "text.onnx", "tokenizer.json"))
    description = {
        "format": FORMAT,
        "id": f"{name}@{digest[:12]}",
        "dim": model.image.project.out_features,
        "image": {
            "file": "image.onnx",
            "size": IMAGE_SIZE,
            "resize": "squash",
            "windows": [[round(part, 6) for part in box] for box in window_boxes()],
        },
        "text": {"file": "text.onnx", "tokenizer": "tokenizer.json"},
        **details,
    }
    text = json.dumps(description, indent=2, ensure_ascii=False)
    (folder / MODEL_FILE).write_text(text + "\n", "utf-8")
    check_export(model, tokenizer, folder)


@torch.no_grad()
def check_export(model: DualEncoder, tokenizer: Tokenizer, folder: Path) -> float:
    """Return the lowest cosine between torch's and the folder's vectors.

    Compared on noise pictures and on texts of many lengths made of the vocabulary's own words.
    Raises ModelError below 0.9999.
    """
    encoder = OnnxEncoder.open(folder)
    rng = np.random.default_rng(0)
    words = [word.lstrip("▁") for word in tokenizer.get_vocab()]
    texts = [" ".join(rng.choice(words, length)) for length in (1, 2, 3, 5, 8, 13, 21, 34)]
    pixels = rng.integers(0, 256, (8, IMAGE_SIZE, IMAGE_SIZE, 3), dtype=np.uint8)
    tokens = torch.tensor([found.ids for found in tokenizer.encode_batch(texts)])
    images = (
        model.image(torch.from_numpy(pixels)).numpy() * encoder.encode_images(list(pixels))
    ).sum(1)
    sentences = (model.text(tokens).numpy() * encoder.encode_texts(texts)).sum(1)
    lowest = float(min(images.min(), sentences.min()))
    if not lowest >= LEAST_COSINE:
        raise ModelError(f"{folder}: cosine to torch {lowest:.6f}, expected {LEAST_COSINE}")
    return lowest


def _write_network(
    network: nn.Module, example: Tensor, axes: dict[int, str], outputs: list[str], path: Path
) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.onnx"
        torch.onnx.export(
            network,
            (example,),
            whole,
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            input_names=["input"],
            output_names=outputs,
            dynamic_shapes=({axis: torch.export.Dim(label) for axis, label in axes.items()},),
            verbose=False,
        )
        graph = onnx.load(whole)
    _store_half(graph)
    _forget_sources(graph)
    onnx.save(graph, path)


def _store_half(model: onnx.ModelProto) -> None:
    """Keep large float32 weights as float16, with a cast where they are used.

    The runtime folds a cast of a weight when it loads the network; a looked-up embedding is
    cast after the look-up instead, so that loading touches only the rows a text needs.
    """
    graph = model.graph
    large = {
        weight.name: weight
        for weight in graph.initializer
        if weight.data_type == TensorProto.FLOAT and np.prod(weight.dims) >= HALF_FROM
    }
    for weight in large.values():
        half = numpy_helper.to_array(weight).astype(np.float16)
        weight.CopyFrom(numpy_helper.from_array(half, weight.name))
    nodes, cast = [], set()
    for node in graph.node:
        if node.op_type == "Gather" and node.input[0] in large:
            result = node.output[0]
            node.output[0] = f"{result}_half"
            nodes += [node, _cast(node.output[0], result)]
            continue
        for place, name in enumerate(node.input):
            if name in large:
                node.input[place] = f"{name}_single"
                if name not in cast:
                    nodes.append(_cast(name, node.input[place]))
                    cast.add(name)
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.value_info[:]


def _cast(source: str, target: str) -> onnx.NodeProto:
    return helper.make_node("Cast", [source], [target], to=TensorProto.FLOAT)


def _forget_sources(model: onnx.ModelProto) -> None:
    """Drop the stack traces and file names that the exporter leaves on every node."""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    del model.graph.metadata_props[:]
    del model.metadata_props[:]


def _digest(folder: Path, names: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name in names:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()
