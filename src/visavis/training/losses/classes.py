"""Losses of the classifier inside the image tower: class names, and self-distillation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from visavis.cache import cache_folder
from visavis.training.data import Rows
from visavis.training.features import FeatureCache
from visavis.training.losses.base import LOSSES, BatchLoss, LossContext
from visavis.training.losses.pairs import encode_drawn
from visavis.training.towers.backbones import open_backbone

if TYPE_CHECKING:
    from visavis.training.recipe import Stage
    from visavis.training.state import RunState

SCALE = 0.5  # beside that of captions: an image is nearer to its caption than to a class's name
OTHERS = 96  # negative classes of an image, beside those seen in the batch


@LOSSES.register("classes")
class ClassesLoss(BatchLoss):
    """Cross-entropy of finding the names of classes by images, to the classifier's probabilities.

    The classes are one seen in each image and others at random, called by one of their names each;
    classes without a name are left out.
    The classifier is that of the backbone as the run found it. Norouzi et al., Zero-shot learning
    by convex combination of semantic embeddings, 2014, https://arxiv.org/abs/1312.5650.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"classes"})

    def __init__(self, state: RunState, stage: Stage) -> None:
        super().__init__(state, stage)
        self.names = state.materials["classes"]
        probabilities = first_probabilities(state)
        self.names.check(probabilities.shape[1])
        named = np.unique(self.names.classes)
        self.rows = [np.flatnonzero(self.names.classes == number) for number in named]
        self.probabilities = probabilities[:, torch.from_numpy(named)]

    def forward(self, given: LossContext) -> Tensor:
        own = self.probabilities[torch.from_numpy(given.batch.images)]
        classes = draw_classes(own, OTHERS, given.rng)
        rows = [given.rng.choice(self.rows[each]) for each in classes]
        texts = [self.names.texts[row] for row in rows]
        device = given.images.device
        names = encode_drawn(self.state, given.model, texts, given.rng)
        found = (SCALE * given.scale * given.images @ names.T).log_softmax(dim=1)
        return -(own[:, torch.from_numpy(classes)].to(device) * found).sum(dim=1).mean()


@LOSSES.register("keep-classes")
class KeepClassesLoss(BatchLoss):
    """Divergence of the classifier's probabilities from those before the backbone learned.

    Kullback-Leibler, of the full images before to the views now. Li and Hoiem, Learning without
    Forgetting, 2016, https://arxiv.org/abs/1606.09282.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"classes"})

    def __init__(self, state: RunState, stage: Stage) -> None:
        super().__init__(state, stage)
        self.probabilities = first_probabilities(state)

    def forward(self, given: LossContext) -> Tensor:
        before = self.probabilities[torch.from_numpy(given.batch.images)].to(given.images.device)
        now = self.state.model.image.logits(given.features())[:, : before.shape[1]]
        return F.kl_div(now.log_softmax(dim=1), before, reduction="batchmean")


def first_probabilities(state: RunState) -> Tensor:
    """Return the classifier's probabilities of the full training images before it learns.

    Probabilities (images, classes), from the cache of features if they are there.
    """
    image = state.recipe.image
    backbone = open_backbone(image.backbone, image.weights, image.size).to(state.accelerator.device)
    cache = FeatureCache(cache_folder("features"))
    logits, _ = cache.features(backbone, "classes", state.train.pairs.paths, lambda *_: None)
    return torch.from_numpy(np.asarray(logits, np.float32)).softmax(dim=1)


def draw_classes(probabilities: Tensor, others: int, rng: np.random.Generator) -> Rows:
    """Draw a class that is seen in each image, and others, each once and in order."""
    shares = probabilities.numpy().astype(np.float64)
    shares /= shares.sum(axis=1, keepdims=True)
    seen = np.array([rng.choice(len(own), p=own) for own in shares], np.int64)
    more = rng.permutation(shares.shape[1])[:others]
    return np.unique(np.concatenate([seen, more]))
