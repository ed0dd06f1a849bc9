"""Losses that learn from a teacher's vectors of texts: see `visavis.training.teacher`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visavis.training.losses.base import LOSSES, BatchLoss, LossContext
from visavis.training.losses.contrastive import info_nce
from visavis.training.teacher_targets import TeacherTargets

if TYPE_CHECKING:
    from visavis.training.recipe import Stage
    from visavis.training.state import RunState

SAME = 0.99  # the teacher's cosine from which two texts are one
SHARPNESS = 20.0  # what cosines to the teacher's vectors are multiplied by before a softmax
LIKENESS = 0.05  # temperature of the teacher's similarities


def agreement(student: Tensor, wanted: Tensor) -> Tensor:
    """Return the loss of unit vectors (n, width) that should equal the `wanted` ones, (n, width).

    Twice the cosine distance, plus InfoNCE against all wanted vectors of the batch, where those
    of one meaning count as one.
    """
    if not len(student):
        return student.sum()
    similarity = student @ wanted.T
    found = info_nce(SHARPNESS * similarity, wanted @ wanted.T > SAME)
    return found + 2 * (1 - similarity.diagonal().mean())


def soft_info_nce(similarity: Tensor, targets: Tensor) -> Tensor:
    """Return the cross-entropy of each row's softmax with its targets, averaged over rows.

    Entries of minus infinity are left out. Hinton et al., Distilling the Knowledge in a Neural
    Network, 2015, section 2, https://arxiv.org/abs/1503.02531.
    """
    log_probability = similarity.log_softmax(dim=1).masked_fill(similarity.isneginf(), 0.0)
    return -(targets * log_probability).sum(dim=1).mean()


class DistillationLoss(BatchLoss):
    """A loss that compares vectors with the teacher's, through a linear map that is trained too.

    All such losses of a stage share the map. It is fitted anew when the stage begins.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"teacher"})

    def __init__(self, state: RunState, stage: Stage) -> None:
        super().__init__(state, stage)
        teacher = state.materials["teacher"]
        self.targets: TeacherTargets = teacher.targets(state)
        self.to_teacher: nn.Linear = teacher.map_of(state, stage)

    def student(self, vectors: Tensor) -> Tensor:
        """Map vectors (n, dim) to unit vectors of the teacher's space."""
        return F.normalize(self.to_teacher(vectors), dim=-1)


@LOSSES.register("teacher")
class TeacherLoss(DistillationLoss):
    """Agreement of the batch's captions with the teacher's vectors of them."""

    def forward(self, given: LossContext) -> Tensor:
        rows = torch.from_numpy(given.batch.captions)
        known = self.targets.known[rows]
        wanted = self.targets.captions[rows[known]].to(given.texts.device)
        return agreement(self.student(given.texts[known.to(given.texts.device)]), wanted)


@LOSSES.register("summary")
class SummaryLoss(DistillationLoss):
    """Cosine distance of images to the mean of the teacher's vectors of their captions."""

    def forward(self, given: LossContext) -> Tensor:
        wanted = self.targets.images[torch.from_numpy(given.batch.images)]
        wanted = wanted.to(given.images.device)
        known = wanted.any(dim=1)
        similarity = (self.student(given.images) * wanted).sum(dim=1)
        return (1 - similarity)[known].sum() / known.sum().clamp(min=1)


@LOSSES.register("soft-info-nce")
class SoftInfoNce(BatchLoss):
    """InfoNCE with the teacher's similarities as targets: similar captions are partly positive.

    The target of an anchor is spread over all candidates, by the teacher's similarity of the
    anchor to the candidate's image. As cross-entropy is linear in its targets,
    `0.8*info-nce+0.2*soft-info-nce` gives a fifth of each target to the teacher.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"teacher"})

    def forward(self, given: LossContext) -> Tensor:
        teacher: TeacherTargets = self.state.materials["teacher"].targets(self.state)
        images, captions = (torch.from_numpy(r) for r in (given.batch.images, given.batch.captions))
        anchors = (teacher.images[images], teacher.captions[captions])
        total = given.images.new_zeros(())
        for scores, wanted in zip(given.directions, anchors, strict=False):
            assert scores.candidate_images is not None
            candidates = teacher.images[scores.candidate_images.cpu()]
            left_out = ~(scores.positives | scores.negatives)
            likeness = (wanted @ candidates.T).to(left_out.device) / LIKENESS
            targets = likeness.masked_fill(left_out, float("-inf")).softmax(dim=1)
            similarity = (scores.scale * scores.scores).masked_fill(left_out, float("-inf"))
            total = total + soft_info_nce(similarity, targets)
        return total
