"""A start from nothing but a backbone: the towers that a recipe describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from visavis.training.export import export_model
from visavis.training.model import TwoTowers
from visavis.training.recipe import Recipe
from visavis.training.starts.base import Start
from visavis.training.tokenizer import SPECIAL
from visavis.training.towers.backbones import open_backbone
from visavis.training.towers.image import ImageTower
from visavis.training.towers.words import WordTower
from visavis.training.vocabulary import Vocabulary, VocabularyTexts, build_vocabulary
from visavis.types import Modality
from visavis.wordvectors.vectors import WORDS_FILE


class FreshStart(Start):
    """New heads on a backbone, and a text tower whose tokens are learned from the captions."""

    def __init__(self, recipe: Recipe, materials: Mapping[str, Any]) -> None:
        self.recipe = recipe
        self.image = _image_tower(recipe, materials)
        self.similarity: Mapping[str, float] = {}
        self.details = {"licence": "that of the data and of the backbone's weights"}

    def vocabulary(self, texts: VocabularyTexts) -> Vocabulary:
        return build_vocabulary(self.recipe.text, self.recipe.dim, texts, self.recipe.seed)

    def export(
        self,
        model: TwoTowers,
        vocabulary: Vocabulary,
        folder: Path,
        name: str,
        details: Mapping[str, Any],
    ) -> None:
        export_model(
            model,
            vocabulary.tokenizer,
            folder,
            name=name,
            details=details,
            int8=[tower for tower in get_args(Modality) if getattr(self.recipe, tower).int8],
        )
        if vocabulary.words:
            assert isinstance(model.text, WordTower)
            vectors = model.text.embedding.weight.detach().numpy()
            replace(vocabulary.words, vectors=vectors).save(folder / WORDS_FILE, leave_out=SPECIAL)


def _image_tower(recipe: Recipe, materials: Mapping[str, Any]) -> ImageTower:
    image, drawn = recipe.image, materials.get("drawn")
    return ImageTower.build(
        open_backbone(image.backbone, image.weights, image.size),
        image.features,
        image.head,
        recipe.dim,
        width=image.width,
        dropout=image.dropout,
        classes=image.classes,
        drawn=len(drawn.labels) if drawn else 0,
        anchors=image.hubness,
    )
