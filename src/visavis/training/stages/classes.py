"""Stages that give class vectors their meaning: names of classes, and drawn classes."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visavis.training.augment import degrade
from visavis.training.inputs import ImageInputs, PixelInputs
from visavis.training.optimizer import fit
from visavis.training.rounding import round_weights
from visavis.training.stages.base import STAGES, StageKind
from visavis.training.state import RunState
from visavis.training.text_tables import ClassNames
from visavis.training.towers.classes import ClassVectors

NAMED = 0.5  # length of a class vector, beside the unit vector that captions have taught
DRAWN = 3.0  # the same of a drawn class
DEGRADED = 4  # degraded views of each drawn image, beside one of each training image
STEPS = 2000
BATCH = 256
RATE = 4.5e-3
DECAY = 0.1
LEAST_SPREAD = 0.05  # of a feature, by which it is divided
NOISE = 0.2  # beside each feature, as a share of it
ENCODED = 100  # images at a time


@STAGES.register("class-names")
class ClassNamesStage(StageKind):
    """Set the vector of each class to the text tower's vectors of its names."""

    needs: ClassVar[frozenset[str]] = frozenset({"classes"})

    @torch.no_grad()
    def run(self) -> None:
        vectors = class_vectors(self.state)
        known = vectors.known
        self.state.materials["classes"].check(known)
        named = encode_names(self.state, self.state.materials["classes"], known)
        vectors.vectors[:known] = NAMED * named.to(vectors.vectors.device)
        note = f"{int(named.any(dim=1).sum()):,} of {known:,} classes named"
        self.state.report(f"{self.stage.name}: {note}", self.state.measure())


@STAGES.register("class-lengths")
class ClassLengthsStage(StageKind):
    """Give the classifier's class vectors a mean length of `class_length`; drawn ones keep theirs.

    The head knows training images by heart, so while it learns, class vectors seem to matter less
    than they do for new images.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"classes"})

    @torch.no_grad()
    def run(self) -> None:
        vectors = class_vectors(self.state)
        own = vectors.vectors[: vectors.known]
        lengths = own.norm(dim=1)
        factor = self.stage.class_length / lengths[lengths > 0].mean()
        own.mul_(factor)
        note = f"class vectors {factor:.2f} times as long"
        self.state.report(f"{self.stage.name}: {note}", self.state.measure())


@STAGES.register("drawn-classes")
class DrawnClassesStage(StageKind):
    """Learn rows of the classifier for drawn classes: training images belong to none of them.

    Nothing else changes, so that an image in which none is seen keeps its vector. Weights are
    rounded as a model folder stores them: classes are then learned from what its network sees, and
    no image lies between two of them otherwise later.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"drawn"})

    def run(self) -> None:
        state, drawn = self.state, self.state.materials["drawn"]
        round_weights(state.model.image, int8=state.recipe.image.int8)
        vectors, preprocessing = class_vectors(state), state.model.image.preprocessing
        generator = torch.Generator().manual_seed(state.recipe.seed)
        images = PixelInputs(drawn.paths, preprocessing)
        seen = pooled_features(state, images, DEGRADED, generator)
        none = pooled_features(state, state.train.pixels, 1, generator)
        classes = torch.from_numpy(drawn.classes).repeat(1 + DEGRADED)
        loss = fit_rows(vectors, seen, classes, none, generator)
        with torch.no_grad():
            named = encode_names(state, drawn.names, vectors.drawn)
            vectors.vectors[vectors.known :] = DRAWN * named.to(vectors.vectors.device)
        round_weights(vectors, int8=state.recipe.image.int8)
        note = f"{vectors.drawn} classes of {len(drawn.paths):,} images, loss {loss:.4f}"
        state.report(f"{self.stage.name}: {note}", state.measure())


def class_vectors(state: RunState) -> ClassVectors:
    """Return the class vectors of the run's image tower; `check_recipe` ensures that it has any."""
    found = state.model.image.classes
    assert found is not None
    return found


@torch.no_grad()
def encode_names(state: RunState, names: ClassNames, count: int) -> Tensor:
    """Return the mean vector of each class's names, less the mean over classes: (count, dim).

    Without the difference an image of a probable class would be near to every text. A class
    without a name has the vector 0.
    """
    vectors = state.encode_texts(names.texts).cpu()
    vectors = vectors[:, : class_vectors(state).vectors.shape[1]]  # less the hubness correction
    sums = torch.zeros(count, vectors.shape[1])
    means = F.normalize(sums.index_add_(0, torch.from_numpy(names.classes), vectors), dim=1)
    named = means.any(dim=1)
    means[named] = F.normalize(means[named] - means[named].mean(dim=0), dim=1)
    return means


@torch.no_grad()
def pooled_features(
    state: RunState, images: ImageInputs, degraded: int, generator: torch.Generator
) -> Tensor:
    """Return the pooled features of images as they are, then of each degraded some times."""
    backbone, rows = state.model.image.backbone.eval(), np.arange(len(images))
    views: list[list[Tensor]] = [[] for _ in range(1 + degraded)]
    for start in range(0, len(rows), ENCODED):
        pixels = images.take(rows[start : start + ENCODED])
        for view, found in enumerate(views):
            shown = degrade(pixels, generator) if view else pixels
            found.append(backbone(shown.to(state.accelerator.device), "pooled").cpu())
    return torch.cat([features for found in views for features in found])


def fit_rows(
    vectors: ClassVectors, seen: Tensor, classes: Tensor, none: Tensor, generator: torch.Generator
) -> float:
    """Fit the classifier's rows of drawn classes; return the loss.

    `seen` (n, channels) are features of drawn images, of the `classes` (n,); those of `none`
    (m, channels) belong to the classes known before.
    """
    classifier, known = vectors.classifier, vectors.known
    weight, bias = classifier.weight[:known].cpu(), classifier.bias[:known].cpu()
    mean, spread = none.mean(dim=0), none.std(dim=0) + LEAST_SPREAD
    probe = nn.Linear(len(mean), vectors.drawn)
    nn.init.zeros_(probe.weight)
    nn.init.zeros_(probe.bias)

    def draw(features: Tensor) -> Tensor:
        return torch.randint(len(features), (BATCH,), generator=generator)

    def loss_of() -> Tensor:
        rows = draw(seen)
        features = torch.cat([seen[rows], none[draw(none)]])
        features = features * (1 + NOISE * torch.randn(features.shape, generator=generator))
        logits = [F.linear(features, weight, bias), probe((features - mean) / spread)]
        log_probability = torch.cat(logits, dim=1).log_softmax(dim=1)
        found = F.nll_loss(log_probability[:BATCH], known + classes[rows])
        return found - log_probability[BATCH:, :known].logsumexp(dim=1).mean()

    loss = fit([{"params": list(probe.parameters()), "peak": RATE}], loss_of, STEPS, decay=DECAY)
    with torch.no_grad():
        scaled = probe.weight / spread
        classifier.weight[known:] = scaled.to(classifier.weight.device)
        classifier.bias[known:] = (probe.bias - scaled @ mean).to(classifier.bias.device)
    return loss
