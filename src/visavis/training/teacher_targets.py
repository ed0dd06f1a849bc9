"""The teacher's vectors of the training captions and images: the targets of distillation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from visavis.errors import TrainingError
from visavis.training.materials import MATERIALS
from visavis.training.teacher import UNKNOWN, Teacher, fitted_linear
from visavis.training.text_tables import EqualTexts, texts_without_images

if TYPE_CHECKING:
    from visavis.training.recipe import Stage
    from visavis.training.state import RunState

FITTED = 8000  # captions that the map to the teacher's vectors is fitted to
RIDGE = 0.01


class TeacherTargets:
    """The teacher's vectors of training captions, and of images by their captions.

    The target of an image is the mean of its captions', and so is that of a caption that the
    teacher does not know.
    """

    def __init__(self, teacher: Teacher, texts: Sequence[str], image_of_text: Tensor) -> None:
        self.teacher = teacher
        rows = teacher.rows(texts)
        self.known = rows != UNKNOWN
        count = int(image_of_text.max()) + 1
        self.images = teacher.means(rows, image_of_text, count)
        """Unit vectors (images, width), 0 for an image without a known caption."""
        self.captions = torch.where(
            self.known[:, None], teacher.vectors[rows], self.images[image_of_text]
        )
        """Vectors (captions, width)."""


@MATERIALS.register("teacher")
class TeacherOfRun:
    """The teacher that a recipe names: a file of vectors, or a sentence-transformers folder.

    A folder encodes all texts of the run when they are first needed.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise TrainingError(f"data.teacher: {path}: no such file or folder")
        self.path = path
        self.teacher = Teacher.read(path) if path.is_file() else None
        self._targets: TeacherTargets | None = None
        self._map: tuple[str, nn.Linear] | None = None

    def targets(self, state: RunState) -> TeacherTargets:
        """Return the teacher's vectors of the run's training pairs."""
        if self._targets is None:
            pairs = state.train.pairs
            self.teacher = self.teacher or self._encode(state)
            image_of_text = torch.from_numpy(pairs.image_of_caption)
            self._targets = TeacherTargets(self.teacher, pairs.texts, image_of_text)
        return self._targets

    def map_of(self, state: RunState, stage: Stage) -> nn.Linear:
        """Return the map to the teacher's vectors that the losses of a stage share.

        It is fitted when the stage begins, and learns with its losses.
        """
        if self._map is None or self._map[0] != stage.name:
            self._map = stage.name, fit_map(state, self.targets(state))
        return self._map[1]

    def _encode(self, state: RunState) -> Teacher:
        lines = texts_without_images(state.materials)
        texts = [*state.train.pairs.texts, *(text for line in lines for text in line)]
        state.log(f"the teacher {self.path.name} encodes {len(set(texts)):,} texts")
        return Teacher.encode(str(self.path), texts, EqualTexts(lines).first)


@torch.no_grad()
def fit_map(state: RunState, targets: TeacherTargets) -> nn.Linear:
    """Fit a map from the text tower's vectors of captions to the teacher's, by ridge regression."""
    known = targets.known.nonzero()[:, 0].numpy()
    rows = torch.from_numpy(np.random.default_rng(0).permutation(known)[:FITTED])
    model, learning = state.model, state.model.training
    model.eval()
    device = state.accelerator.device
    batches = torch.split(state.train.tokens[rows], 1024)
    own = torch.cat([model.encode_texts(batch.to(device)).cpu() for batch in batches])
    model.train(learning)
    return fitted_linear(own, targets.captions[rows], RIDGE)
