"""The backbones there are, and where their weights come from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForImageClassification,
    PreTrainedModel,
    ResNetConfig,
    ResNetForImageClassification,
)
from transformers.utils import logging

from visavis.cache import cache_folder
from visavis.errors import TrainingError
from visavis.registry import Registry
from visavis.training.towers.backbone import Backbone, Kind, pack
from visavis.training.towers.mobilenet import DETAILS, FEATURES, MobileNetV2
from visavis.training.towers.preparation import IMAGENET, PLUS_MINUS_ONE, Preparation
from visavis.training.towers.shipped import shipped_weights
from visavis.training.weights import RANDOM, fill, from_torchvision, model_folder, read_weights

BACKBONES = Registry[Callable[[str], Backbone]]("backbones")
"""Functions from weights (a file, a folder, a name on the hub, or "random") to a backbone."""

CLASSES = 1000  # of ImageNet


def open_backbone(name: str, weights: str = "") -> Backbone:
    """Open a backbone known here, or any vision model of transformers by folder or hub name.

    `weights` are a .safetensors or .pth file, a model folder, a name on the hub, or "random";
    when empty, those that were pulled, that belong to the model, or, of mobilenet_v2, those
    of the bundled model, which have no classifier. Raises TrainingError.
    """
    if name in BACKBONES:
        return BACKBONES.get(name)(weights)
    return _open_transformers(name, weights)


class MobileNetBackbone(Backbone):
    """MobileNetV2 with its classifier, or without."""

    kinds: tuple[Kind, ...] = ("classes", "pooled", "map", "pyramid")
    finer = DETAILS

    def __init__(self, *, classifies: bool = True) -> None:
        parts = nn.ModuleDict({"features": MobileNetV2()})
        if classifies:
            parts["classifier"] = nn.Linear(FEATURES, CLASSES)
        else:
            self.kinds = ("pooled", "map", "pyramid")
        super().__init__("mobilenet_v2", parts, PLUS_MINUS_ONE)

    def _features(self, x: Tensor, kind: Kind) -> Tensor:
        network = cast("MobileNetV2", self._part("features"))
        if kind == "pyramid":
            return pack(*network.levels(network.stem(x)))
        found: Tensor = network(x)
        if kind == "map":
            return found
        pooled = found.mean(dim=(2, 3))
        return pooled if kind == "pooled" else self._part("classifier")(pooled)

    def classifier(self) -> nn.Linear | None:
        return cast("nn.Linear", self._part("classifier")) if "classes" in self.kinds else None

    def _stem(self) -> nn.Module:
        return cast("MobileNetV2", self._part("features")).stem

    def _part(self, name: str) -> nn.Module:
        return cast("nn.ModuleDict", self.network)[name]


class TransformersBackbone(Backbone):
    """A vision network of transformers, or the image side of a dual encoder.

    Of a network of patches, "map" is one vector a patch, without the class token and others that
    stand before them. "pooled" is the network's own summary of the image; if it has none, the
    class token, or the mean of the map. There are "classes" if it ends in a classifier.
    """

    def __init__(self, name: str, network: PreTrainedModel, preparation: Preparation) -> None:
        super().__init__(name, network, preparation)
        if not hasattr(network, "classifier"):
            self.kinds = ("pooled", "map")

    @property
    def _vision(self) -> nn.Module:
        network = cast("PreTrainedModel", self.network)
        return cast("nn.Module", getattr(network, "vision_model", network.base_model))

    def _features(self, x: Tensor, kind: Kind) -> Tensor:
        if kind == "classes":
            return cast("Tensor", self.network(x).logits)
        found = self._vision(x)
        states: Tensor = found.last_hidden_state
        if kind == "map":
            return _as_map(states)
        summary: Tensor | None = found.get("pooler_output")
        return _summary(states) if summary is None else summary.flatten(1)

    @torch.no_grad()
    def classifier(self) -> nn.Linear | None:
        layers = [each for each in self.network.modules() if isinstance(each, nn.Linear)]
        if "classes" not in self.kinds or not layers:
            return None
        pooled, logits = (self(self._blank(), kind) for kind in ("pooled", "classes"))
        if layers[-1].in_features != pooled.shape[1]:
            return None
        return layers[-1] if torch.allclose(layers[-1](pooled), logits, atol=1e-3) else None

    def _stem(self) -> nn.Module:
        names = ("embedder", "embeddings", "conv_stem", "encoder.stages.0")
        parts = dict(self._vision.named_modules())
        return nn.ModuleList(parts[name] for name in names if name in parts)


def _as_map(states: Tensor) -> Tensor:
    """Turn (n, tokens, c) into (n, c, side, side), the last side² tokens being the patches."""
    if states.dim() == 4:
        return states
    side = math.isqrt(states.shape[1])
    return states[:, -side * side :].transpose(1, 2).reshape(states.shape[0], -1, side, side)


def _summary(states: Tensor) -> Tensor:
    if states.dim() == 4:
        return states.mean(dim=(2, 3))
    has_class_token = math.isqrt(states.shape[1]) ** 2 != states.shape[1]
    return states[:, 0] if has_class_token else states.mean(dim=1)


@BACKBONES.register("mobilenet_v2")
def _open_mobilenet(weights: str) -> Backbone:
    if not weights:
        shipped = MobileNetBackbone(classifies=False)
        fill(shipped.network, shipped_weights(), "the bundled model")
        return shipped
    backbone = MobileNetBackbone()
    if weights != RANDOM:
        fill(backbone.network, read_weights(weights), weights)
    return backbone


@BACKBONES.register("resnet50")
def _open_resnet50(weights: str) -> Backbone:
    pulled = cache_folder("weights", "resnet50")
    if not weights and not pulled.is_dir():
        command = "visavis models pull resnet50"
        raise TrainingError(f'resnet50: run "{command}", or name its weights, a file or "random"')
    network = ResNetForImageClassification(ResNetConfig.from_dict({"num_labels": CLASSES}))
    if weights != RANDOM:
        source = weights or str(pulled)
        fill(network, from_torchvision(read_weights(source)), source)
    return TransformersBackbone("resnet50", network, IMAGENET)


def _open_transformers(name: str, weights: str) -> Backbone:
    folder = model_folder(name)
    preparation = Preparation.read(folder)
    network = _network(name, folder, weights)
    backbone = TransformersBackbone(network.config.model_type, network, preparation)
    try:
        _ = backbone.shapes
    except Exception as error:
        raise TrainingError(f"{name}: not a network of images ({_first_line(error)})") from error
    return backbone


def _network(name: str, folder: Path, weights: str) -> PreTrainedModel:
    given = read_weights(weights) if weights and weights != RANDOM else None
    try:
        with _quietly():
            config = AutoConfig.from_pretrained(folder)
            classifies = any("ImageClassification" in each for each in config.architectures or ())
            auto = AutoModelForImageClassification if classifies else AutoModel
            empty: Any = auto.from_config(config)  # type: ignore[no-untyped-call]
            if weights == RANDOM:
                return cast("PreTrainedModel", empty)
            source = folder if given is None else None
            network, found = empty.from_pretrained(
                source, config=config, state_dict=given, output_loading_info=True
            )
    except Exception as error:
        raise TrainingError(f"{name}: cannot be loaded ({_first_line(error)})") from error
    if found["missing_keys"]:
        lacking = min(found["missing_keys"])
        raise TrainingError(f"{weights or name}: weights of another architecture: no {lacking!r}")
    return cast("PreTrainedModel", network)


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep transformers' progress bars and loading reports off the terminal."""
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__
