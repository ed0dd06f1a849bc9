"""The stage that draws translations to the originals: one language learns from another."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from visavis.errors import TrainingError
from visavis.training.losses.distillation import agreement
from visavis.training.losses.pairs import LinesLoss, encode_drawn
from visavis.training.model import TwoTowers
from visavis.training.recipe import Stage
from visavis.training.stages.base import STAGES
from visavis.training.stages.interpolate import mixture, shares
from visavis.training.stages.text import TextStage
from visavis.training.state import RunState
from visavis.training.text_tables import texts_without_images


@STAGES.register("translations")
class TranslationsStage(TextStage):
    """Learn to give each text the vector that the first of its meaning had when the stage began.

    The text tower learns alone, from `batch` meanings at a time, of which one text each is drawn.
    The first texts keep their vectors, so that images are found as before in their language. At the
    end, `start_share` of the weights that the stage began with is mixed in, as that language still
    loses a little. What counts of the stage's other settings are its epochs, its batch and those
    of the optimiser.
    Reimers and Gurevych, Making Monolingual Sentence Embeddings Multilingual using Knowledge
    Distillation, 2020, https://arxiv.org/abs/2004.09813, with the model as its own teacher.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"pairs"})

    def __init__(self, state: RunState, stage: Stage) -> None:
        super().__init__(state, stage)
        self.first = {name: value.clone() for name, value in state.model.text.state_dict().items()}

    def make_loss(self) -> TranslationsLoss:
        return TranslationsLoss(self.state, self.stage)

    def report(self, summary: str) -> None:
        self.state.report(summary, self.state.measure())

    def run(self) -> None:
        """Train until the epochs are done, and mix in the first weights."""
        super().run()
        text, share = self.state.model.text, self.stage.start_share
        text.load_state_dict(mixture(text.state_dict(), self.first, share))
        self.report(f"{self.stage.name}: {shares(share)}")

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "first": self.first}

    def load_state_dict(self, progress: dict[str, Any]) -> None:
        super().load_state_dict(progress)
        self.first = progress["first"]


class TranslationsLoss(LinesLoss):
    """Agreement of texts with the vectors that the first texts of their lines have now.

    Raises TrainingError if each line has one text alone.
    """

    originals: Tensor

    def __init__(self, state: RunState, stage: Stage) -> None:
        super().__init__(state, stage)
        self.lines = texts_without_images(state.materials)
        if max(map(len, self.lines)) == 1:
            raise TrainingError("translations: no line of data.pairs has two texts")
        self.register_buffer(
            "originals", state.encode_texts([line[0] for line in self.lines]).half()
        )

    def draw(self, model: TwoTowers, rng: np.random.Generator, count: int) -> Tensor:
        rows = rng.integers(len(self.lines), size=count)
        texts = [str(rng.choice(self.lines[int(row)])) for row in rows]
        wanted = self.originals[torch.from_numpy(rows)].float()
        return agreement(encode_drawn(self.state, model, texts, rng), wanted)
