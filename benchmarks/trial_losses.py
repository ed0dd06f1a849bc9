"""Losses of recent papers that `recipes.py --table parts` measures, and no recipe has.

Both learn from what frozen encoders find alike: the image tower's backbone, by its pooled features,
and the sentence encoder of `data.teacher`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import kl_div, normalize

from visavis.training.batches import ImageBatches
from visavis.training.losses import LOSSES, BatchLoss, LossContext, info_nce
from visavis.training.losses.pairs import encode_drawn

if TYPE_CHECKING:
    from visavis.training.recipe import Stage
    from visavis.training.state import RunState
    from visavis.training.teacher_targets import TeacherTargets

TEMPERATURE = 0.05  # of the similarities whose softmax is a neighbourhood
CHUNK = 1024  # rows whose nearest neighbours are searched for at once


class GeometryLoss(BatchLoss):
    """Jensen-Shannon divergence of neighbourhoods, in the joint space and in the frozen one.

    A neighbourhood is the softmax of a vector's similarities to the batch's, all centred. The mean
    of that of images and that of captions. Gröger et al., With Limited Data for Multimodal
    Alignment, Let the STRUCTURE Guide You, 2025, https://arxiv.org/abs/2506.16895, with one level.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"teacher"})

    def forward(self, given: LossContext) -> Tensor:
        """Return the mean divergence of images' and captions' neighbourhoods, a scalar."""
        targets: TeacherTargets = self.state.materials["teacher"].targets(self.state)
        captions = targets.captions[torch.from_numpy(given.batch.captions)].to(given.texts.device)
        images = divergence(neighbourhood(pooled(given.features())), neighbourhood(given.images))
        return (images + divergence(neighbourhood(captions), neighbourhood(given.texts))) / 2


class NeighboursLoss(BatchLoss):
    """InfoNCE of images with captions of other images that frozen encoders find nearest.

    The mean over two positives of each image: a caption of the image with the nearest features,
    and the caption of another image nearest to one of its own. After Thwal et al., CLIP-PING, 2025,
    https://arxiv.org/abs/2412.03871, whose neighbours are vectors of the frozen encoders.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"teacher"})

    def __init__(self, state: RunState, stage: Stage) -> None:
        super().__init__(state, stage)
        targets: TeacherTargets = state.materials["teacher"].targets(state)
        self.image_of_caption = state.train.pairs.image_of_caption
        rows = np.array_split(np.arange(len(state.train.features)), 64)
        features = torch.cat([pooled(state.train.features.take(own)) for own in rows])
        self.nearest_image = nearest(features, np.arange(len(features)))
        self.nearest_caption = nearest(targets.captions, self.image_of_caption)
        self.captions_of = ImageBatches(self.image_of_caption, 1, 1).own

    def forward(self, given: LossContext) -> Tensor:
        """Return the mean loss of both kinds of neighbours, a scalar."""
        images, rng = given.batch.images, given.rng
        by_image = [rng.choice(self.captions_of[self.nearest_image[image]]) for image in images]
        own = [rng.choice(self.captions_of[image]) for image in images]
        by_caption = self.nearest_caption[own]
        return (self._contrast(given, by_image) + self._contrast(given, by_caption)) / 2

    def _contrast(self, given: LossContext, captions: object) -> Tensor:
        """Return InfoNCE, both ways, of the batch's images with one caption each."""
        rows = np.asarray(captions)
        texts = [self.state.train.pairs.texts[row] for row in rows]
        vectors = encode_drawn(self.state, given.model, texts, given.rng)
        scores = given.scale * given.images @ vectors.T
        images = self.image_of_caption[rows]
        same = torch.from_numpy(images[:, None] == images[None, :]).to(scores.device)
        return info_nce(scores, same) + info_nce(scores.T, same)


def register() -> None:
    """Make the losses known to recipes, as `geometry` and `neighbours`."""
    LOSSES.register("geometry")(GeometryLoss)
    LOSSES.register("neighbours")(NeighboursLoss)


def pooled(features: Tensor) -> Tensor:
    """Return the mean over the grid of features (n, channels, ...): (n, channels)."""
    return features.flatten(2).mean(dim=2) if features.dim() > 2 else features


def neighbourhood(vectors: Tensor) -> Tensor:
    """Return the softmax of each vector's similarities to all, (n, n)."""
    unit = normalize(vectors, dim=1)
    centred = unit - unit.mean(dim=0)
    return (centred @ centred.T / TEMPERATURE).softmax(dim=1)


def divergence(p: Tensor, q: Tensor) -> Tensor:
    """Return the Jensen-Shannon divergence of the rows of two matrices, averaged over rows."""
    log_mean = ((p + q) / 2).log()
    each = [kl_div(log_mean, rows, reduction="batchmean") for rows in (p, q)]
    return torch.stack(each).mean()


def nearest(vectors: Tensor, groups: np.ndarray) -> np.ndarray:
    """Return for each vector the row of the nearest one of another group."""
    unit, numbers = normalize(vectors, dim=1), torch.from_numpy(groups)
    found = []
    for rows in torch.split(torch.arange(len(unit)), CHUNK):
        scores = unit[rows] @ unit.T
        scores[numbers[rows, None] == numbers] = -torch.inf
        found.append(scores.argmax(dim=1))
    return torch.cat(found).numpy()
