"""A start from a dual encoder of transformers: CLIP, SigLIP, Chinese-CLIP and their like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from visavis.catalogue import models
from visavis.errors import ModelError, TrainingError
from visavis.hub.source import fetch_source
from visavis.training.importing import dual, sentence
from visavis.training.importing.run import dimensions, write_model
from visavis.training.importing.towers import (
    FromBytes,
    ImportedImageTower,
    ImportedTextTower,
)
from visavis.training.model import TwoTowers
from visavis.training.recipe import Recipe
from visavis.training.starts.base import Start
from visavis.training.starts.split import split, without
from visavis.training.starts.towers import PretrainedBackbone, PretrainedHead, PretrainedTextTower
from visavis.training.towers.image import ImageTower
from visavis.training.vocabulary import Vocabulary, VocabularyTexts

OF_IMAGES = {"vision_model", "visual_projection"}
OF_TEXTS = {"text_model", "text_projection"}


class DualStart(Start):
    """A model of transformers, or the text tower of sentence-transformers with an image tower.

    The towers that learn and those that are written share their weights.
    """

    def __init__(
        self,
        recipe: Recipe,
        images: ImportedImageTower,
        texts: ImportedTextTower,
        similarity: Mapping[str, float],
        details: Mapping[str, Any],
    ) -> None:
        dim = dimensions(images, texts)
        self.recipe = replace(recipe, dim=dim)
        self.images, self.texts = images, texts
        self.similarity, self.details = similarity, details
        self.image = image_tower(images, dim)
        self._text = text_tower(texts, dim)

    @classmethod
    def open(cls, recipe: Recipe) -> DualStart:
        """Load what the recipe's `model` names: a folder, a repository or one of the catalogue.

        Raises TrainingError.
        """
        entry = models().get(recipe.model or "")
        source = entry.import_ if entry else str(recipe.model)
        if not source:
            raise TrainingError(
                f"model = {recipe.model!r}: ONNX alone is published of it; run visavis models pull "
                f"{recipe.model} first"
            )
        image_source = recipe.image.model or (entry.image if entry else "")
        try:
            folder = fetch_source(source)
            image_folder = str(fetch_source(image_source) if image_source else folder)
            model = dual.load_model(image_folder)
            images = dual.image_tower(image_folder, model)
            texts = (
                sentence.text_tower(folder)
                if image_source
                else dual.text_tower(image_folder, model)
            )
            details = {
                "languages": list(entry.languages if entry else ()),
                "licence": (entry.licence if entry else "") or "that of the model it began with",
                "source": f"{source} + {image_source}" if image_source else source,
            }
            return cls(recipe, images, texts, dual.similarity(model), details)
        except ModelError as error:
            raise TrainingError(f"model = {recipe.model!r}: {error}") from error

    def vocabulary(self, texts: VocabularyTexts) -> Vocabulary:  # noqa: ARG002 - it has its own
        if self.recipe.text.frozen:
            self._text.freeze()
        return Vocabulary(self.texts.tokenizer, self._text)

    def export(
        self,
        model: TwoTowers,
        vocabulary: Vocabulary,  # noqa: ARG002 - the model's own
        folder: Path,
        name: str,
        details: Mapping[str, Any],
    ) -> None:
        model.eval()
        self.images.network.eval()
        self.texts.network.eval()
        write_model(self.images, self.texts, folder, name, details)


def image_tower(images: ImportedImageTower, dim: int) -> ImageTower:
    """Return the tower of a pretrained model's images, which shares its weights."""
    network = images.network
    assert isinstance(network, dual.FeatureMethod)
    vision = network.of(without(network.model, OF_TEXTS))
    below, project = split(vision, "model.visual_projection")
    name = type(network.model).__name__
    backbone = PretrainedBackbone(
        name, FromBytes(below, images.preprocessing), images.preprocessing
    )
    return ImageTower(backbone, "pooled", PretrainedHead(project, dim))


def text_tower(texts: ImportedTextTower, dim: int) -> PretrainedTextTower:
    """Return the tower of a pretrained model's texts, which shares its weights."""
    if texts.rules.side == "left":
        raise ModelError("its texts are padded on the left, which training does not support")
    network = texts.network
    paths = ["dense"]
    if isinstance(network, dual.FeatureMethod):
        network = network.of(without(network.model, OF_IMAGES))
        paths = ["model.text_projection", "model.text_model.head"]
    found = [split(network, path) for path in paths]
    below, project = next(
        (each for each in found if any(True for _ in each[1].parameters())), found[0]
    )
    return PretrainedTextTower(below, project, dim, texts.rules, texts.inputs)
