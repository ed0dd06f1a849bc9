"""The contract of a run's start: what it begins with, and how the result is written."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from visavis.training.model import TwoTowers
from visavis.training.recipe import Recipe
from visavis.training.towers.image import ImageTower
from visavis.training.vocabulary import Vocabulary, VocabularyTexts


class Start(ABC):
    """The towers that a run begins with.

    `recipe` is the run's own, with what follows from the model that it begins with. `similarity`
    holds the scale and the bias of that model's own loss, `details` what `model.json` says of it.
    """

    recipe: Recipe
    image: ImageTower
    similarity: Mapping[str, float]
    details: Mapping[str, Any]

    @abstractmethod
    def vocabulary(self, texts: VocabularyTexts) -> Vocabulary:
        """Return the tokenizer and the text tower, made from these texts if there are none yet."""

    @abstractmethod
    def export(
        self,
        model: TwoTowers,
        vocabulary: Vocabulary,
        folder: Path,
        name: str,
        details: Mapping[str, Any],
    ) -> None:
        """Write the trained towers, on the CPU, to a model folder. Raises ModelError."""
