"""The loss of texts without images: texts of one meaning belong together."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visavis.training.losses.base import LOSSES, BatchLoss, LossContext, same_dropout
from visavis.training.losses.contrastive import info_nce
from visavis.training.losses.distillation import SHARPNESS, agreement
from visavis.training.teacher import UNKNOWN, Teacher
from visavis.training.text_tables import texts_without_images

if TYPE_CHECKING:
    from visavis.training.model import TwoTowers
    from visavis.training.recipe import Stage
    from visavis.training.state import RunState


class LinesLoss(BatchLoss):
    """A loss of `lines` of texts that have one meaning: it needs no images."""

    lines: list[tuple[str, ...]]

    def forward(self, given: LossContext) -> Tensor:
        return self.draw(given.model, given.rng, len(given.batch.images))

    @abstractmethod
    def draw(self, model: TwoTowers, rng: np.random.Generator, count: int) -> Tensor:
        """Return the loss of `count` meanings, drawn at random."""


@LOSSES.register("pairs")
class PairsLoss(LinesLoss):
    """InfoNCE between two texts of one meaning, among as many others as the batch has images.

    With a teacher, a text of each meaning is drawn to the teacher's vector of it instead. Names
    of classes are texts, too, where the recipe's `[data]` has them.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"pairs"})

    def __init__(self, state: RunState, stage: Stage) -> None:
        super().__init__(state, stage)
        self.lines = texts_without_images(state.materials)
        teacher = state.materials.get("teacher")
        self.teacher: Teacher | None = teacher and teacher.targets(state).teacher
        self.to_teacher: nn.Linear | None = teacher and teacher.map_of(state, stage)
        if not teacher:
            self.lines = [line for line in self.lines if len(line) > 1]

    def draw(self, model: TwoTowers, rng: np.random.Generator, count: int) -> Tensor:
        lines = [self.lines[int(row)] for row in rng.integers(len(self.lines), size=count)]
        if self.teacher:
            texts = [str(rng.choice(line)) for line in lines]
            return self._taught(encode_drawn(self.state, model, texts, rng), texts)
        drawn = [rng.permutation(line)[:2].tolist() for line in lines]
        texts = [one for one, _ in drawn] + [other for _, other in drawn]
        return self._contrast(encode_drawn(self.state, model, texts, rng))

    def _taught(self, own: Tensor, texts: list[str]) -> Tensor:
        assert self.teacher
        assert self.to_teacher
        rows = self.teacher.rows(texts)
        known = rows != UNKNOWN
        wanted = self.teacher.vectors[rows[known]].to(own.device)
        student = F.normalize(self.to_teacher(own[known.to(own.device)]), dim=1)
        return agreement(student, wanted)

    def _contrast(self, own: Tensor) -> Tensor:
        one, other = own.chunk(2)
        scores = SHARPNESS * one @ other.T
        same = torch.eye(len(one), dtype=torch.bool, device=one.device)
        return info_nce(scores, same) + info_nce(scores.T, same)


def encode_drawn(
    state: RunState, model: TwoTowers, texts: list[str], rng: np.random.Generator
) -> Tensor:
    """Encode texts that a loss has drawn, with the same dropout in every process."""
    device = state.accelerator.device
    with same_dropout(device, rng):
        return model.encode_texts(state.tokenize(texts).to(device))
