"""A teacher model's vectors of the images and captions of a run: what two losses learn from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visavis.datasets.folder import read_folder
from visavis.errors import TrainingError
from visavis.training.data import Pairs, Rows
from visavis.training.examples import extract_features
from visavis.training.inputs import ImageInputs, PixelInputs
from visavis.training.materials import MATERIALS
from visavis.training.teacher import fitted_linear
from visavis.training.teacher_model import JoinedTeachers
from visavis.training.text_tables import texts_without_images

if TYPE_CHECKING:
    from visavis.training.recipe import Stage
    from visavis.training.state import RunState

FITTED_TEXTS = 8000
FITTED_IMAGES = 512
RIDGE = 0.01
BATCH = 128  # images encoded at a time


class Directions:
    """A teacher's vectors of one modality as directions from their mean.

    Vectors of images, or of texts, have much in common in a dual encoder: what tells them apart
    is how each differs from the mean. `mean` (width,) is that of all vectors of the training data.
    """

    def __init__(self, vectors: Tensor, mean: Tensor) -> None:
        self.vectors = vectors
        self.mean = mean

    def of(self, rows: Rows | Tensor) -> Tensor:
        """Return unit vectors of some rows, float32 (rows, width)."""
        rows = torch.as_tensor(rows)
        return F.normalize(self.vectors[rows].float() - self.mean, dim=1)


class TeacherModelTargets:
    """The teacher's vectors of training images, of captions it can read, and of further examples.

    `known` (captions,) tells which captions those are; `further_paths` are images without captions.
    `lines` are texts without images, those of one meaning together, and `line_vectors` (lines,
    width) the teacher's vectors of the first of each.
    """

    def __init__(
        self,
        images: Tensor,
        captions: Tensor,
        known: Tensor,
        *,
        further_paths: list[Path],
        further: Tensor,
        lines: Sequence[tuple[str, ...]],
        line_vectors: Tensor,
        scale: float,
    ) -> None:
        self.images = Directions(images, images.float().mean(dim=0))
        count = known.sum().clamp(min=1)
        self.captions = Directions(captions, captions[known].float().sum(dim=0) / count)
        self.known, self.scale = known, scale
        self.further_paths, self.further = further_paths, Directions(further, self.images.mean)
        self.lines, self.line_vectors = lines, Directions(line_vectors, self.captions.mean)


@MATERIALS.register("teacher_model")
class TeacherModelOfRun:
    """The dual encoders that a recipe names; they encode the data of the run at their first use."""

    def __init__(self, names: Path) -> None:
        self.teacher = JoinedTeachers.open(str(names))
        self._targets: TeacherModelTargets | None = None

    def targets(self, state: RunState) -> TeacherModelTargets:
        """Return the teacher's vectors of the run's training data."""
        if self._targets is None:
            self._targets = self._encode(state)
        return self._targets

    def _encode(self, state: RunState) -> TeacherModelTargets:
        teacher, pairs, log = self.teacher, state.train.pairs, state.log
        teacher.to(state.accelerator.device)
        paths = state.materials.get("images", [])
        more = f", and {len(paths):,} without captions" if paths else ""
        log(f"the teacher {teacher.name} encodes {len(pairs.paths):,} images{more}")
        opened, images = teacher.images(pairs.paths, log)
        if len(opened) < len(pairs.paths):
            raise TrainingError(
                "a training image cannot be opened any more: run the same command again"
            )
        further_paths, further = teacher.images(paths, log)
        texts, known = self._texts(state)
        if left := int((~known).sum()):
            langs = ", ".join(sorted(set(pairs.langs) - set(teacher.languages)))
            log(f"{left:,} captions ({langs}) are in no language of the teacher: they do not learn")
        vectors = torch.zeros(len(pairs.texts), images.shape[1], dtype=torch.float16)
        vectors[known] = teacher.texts([text for text in texts if text is not None])
        lines = texts_without_images(state.materials)
        line_vectors = teacher.texts([first for first, *_ in lines]) if lines else vectors[:0]
        teacher.to(torch.device("cpu"))
        return TeacherModelTargets(
            images,
            vectors,
            known,
            further_paths=further_paths,
            further=further,
            lines=lines,
            line_vectors=line_vectors,
            scale=teacher.scale,
        )

    def _texts(self, state: RunState) -> tuple[list[str | None], Tensor]:
        """Return what the teacher reads for each caption: its equal in `pairs`, itself or None."""
        pairs, languages = state.train.pairs, self.teacher.languages
        equals = state.materials["pairs"].first if "pairs" in state.materials else {}
        texts = [
            equals.get(text, text if not languages or lang in languages else None)
            for text, lang in zip(pairs.texts, pairs.langs, strict=True)
        ]
        return texts, torch.tensor([text is not None for text in texts])


@MATERIALS.register("images")
def find_images(folder: Path) -> list[Path]:
    """List the images below a folder, which need no captions. Raises TrainingError if none."""
    found = list(read_folder(str(folder)).images.values()) if folder.is_dir() else []
    if not found:
        raise TrainingError(f"data.images: {folder}: no images in it")
    return found


@torch.no_grad()
def fit_shared_map(state: RunState, stage: Stage, targets: TeacherModelTargets) -> nn.Linear:
    """Fit one map from the vectors of both towers to the teacher's directions, by ridge.

    Both modalities share it: what is near in the teacher's space is then near in the student's.
    """
    rng, model = np.random.default_rng(0), state.model
    learning, device = model.training, state.accelerator.device
    images = rng.permutation(len(state.train.pairs.paths))[:FITTED_IMAGES]
    captions = rng.permutation(targets.known.nonzero()[:, 0].numpy())[:FITTED_TEXTS]
    inputs = state.train_images(stage)
    model.eval()
    own = [model.image(inputs.take(rows).to(device)).cpu() for rows in _batches(images, BATCH)]
    own += [
        model.encode_texts(state.train.tokens[rows].to(device)).cpu()
        for rows in _batches(captions, 8 * BATCH)
    ]
    model.train(learning)
    wanted = [targets.images.of(images), targets.captions.of(captions)]
    return fitted_linear(torch.cat(own), torch.cat(wanted), RIDGE)


def further_inputs(state: RunState, stage: Stage, paths: list[Path]) -> ImageInputs:
    """Return images without captions as a stage needs them: features, or pixels."""
    tower = state.model.image
    if state.backbone_changed or stage.crop:
        return PixelInputs(paths, tower.preprocessing)
    pairs = Pairs(paths, [], [], np.empty(0, np.int64))
    return extract_features(tower, pairs, state.log)[1]


def _batches(rows: Rows, size: int) -> list[Rows]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]
