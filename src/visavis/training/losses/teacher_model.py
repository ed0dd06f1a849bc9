"""Losses that learn from a dual encoder: its vectors of images and texts, and its scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from visavis.training.augment import random_crops
from visavis.training.losses.base import LOSSES, BatchLoss, LossContext, same_dropout
from visavis.training.losses.distillation import agreement, soft_info_nce
from visavis.training.losses.pairs import encode_drawn
from visavis.training.teacher_model_targets import (
    TeacherModelTargets,
    fit_shared_map,
    further_inputs,
)

if TYPE_CHECKING:
    from visavis.training.recipe import Stage
    from visavis.training.state import RunState


TEXTS_PER_IMAGE = 4
"""Texts without images that learn with each image of a batch: they cost little."""


class TeacherModelLoss(BatchLoss):
    """A loss that knows the teacher's vectors of the training data."""

    needs: ClassVar[frozenset[str]] = frozenset({"teacher_model"})

    def __init__(self, state: RunState, stage: Stage) -> None:
        super().__init__(state, stage)
        self.targets: TeacherModelTargets = state.materials["teacher_model"].targets(state)

    def known(self, given: LossContext) -> tuple[Tensor, Tensor]:
        """Return the vectors of the captions that the teacher knows, and their training rows."""
        rows = torch.from_numpy(given.batch.captions)
        known = self.targets.known[rows]
        return given.texts[known.to(given.texts.device)], rows[known]


@LOSSES.register("teacher-vectors")
class TeacherVectorsLoss(TeacherModelLoss):
    """Agreement of images and captions with the teacher's vectors of them, through a linear map.

    One map for both modalities, fitted anew when the stage begins and trained with it. With
    `data.images`, as many images without captions as the batch has images learn, too, at most
    `chunk` if there is one. Of texts without images `TEXTS_PER_IMAGE` times as many learn, one of
    each meaning drawn: the teacher's vector of the first, as that of a translation is less sure.
    Yang et al., CLIP-KD, 2024, feature distillation, https://arxiv.org/abs/2307.12732.
    """

    def __init__(self, state: RunState, stage: Stage) -> None:
        super().__init__(state, stage)
        self.to_teacher = fit_shared_map(state, stage, self.targets)
        paths = self.targets.further_paths
        self.further = further_inputs(state, stage, paths) if paths else None

    def forward(self, given: LossContext) -> Tensor:
        images, wanted = given.images, self.targets.images.of(given.batch.images)
        if self.further is not None:
            more, more_wanted = self._further(given)
            images, wanted = torch.cat([images, more]), torch.cat([wanted, more_wanted])
        texts, rows = self.known(given)
        wanted_texts = self.targets.captions.of(rows)
        if self.targets.lines:
            more, more_wanted = self._further_texts(given)
            texts, wanted_texts = torch.cat([texts, more]), torch.cat([wanted_texts, more_wanted])
        return self._agreement(images, wanted) + self._agreement(texts, wanted_texts)

    def _agreement(self, own: Tensor, wanted: Tensor) -> Tensor:
        return agreement(F.normalize(self.to_teacher(own), dim=1), wanted.to(own.device))

    def _further(self, given: LossContext) -> tuple[Tensor, Tensor]:
        """Encode images drawn from those without captions; return them, and what they learn."""
        assert self.further is not None
        stage, device = self.stage, given.images.device
        most = min(len(given.batch.images), stage.chunk or len(given.batch.images))
        rows = np.sort(given.rng.permutation(len(self.further))[:most])
        with same_dropout(device, given.rng):
            images = self.further.take(rows)
            images = random_crops(images, stage.crop) if stage.crop else images
            return given.model.image(images.to(device)), self.targets.further.of(rows)

    def _further_texts(self, given: LossContext) -> tuple[Tensor, Tensor]:
        """Encode texts drawn from those without images; return them, and what they learn."""
        lines, count = self.targets.lines, TEXTS_PER_IMAGE * len(given.batch.images)
        rows = given.rng.integers(len(lines), size=count)
        texts = [str(given.rng.choice(lines[int(row)])) for row in rows]
        own = encode_drawn(self.state, given.model, texts, given.rng)
        return own, self.targets.line_vectors.of(rows)


@LOSSES.register("teacher-scores")
class TeacherScoresLoss(TeacherModelLoss):
    """InfoNCE with the teacher's scores of the batch's images and captions as targets.

    Wu et al., TinyCLIP, 2023, affinity mimicking, https://arxiv.org/abs/2309.12314.
    """

    def forward(self, given: LossContext) -> Tensor:
        texts, rows = self.known(given)
        if not len(rows):
            return given.images.new_zeros(())
        images = self.targets.images.vectors[torch.from_numpy(given.batch.images)].float()
        wanted = self.targets.scale * images @ self.targets.captions.vectors[rows].float().T
        wanted, own = wanted.to(texts.device), given.scale * given.images @ texts.T
        to_texts = soft_info_nce(own, wanted.softmax(dim=1))
        return to_texts + soft_info_nce(own.T, wanted.T.softmax(dim=1))
