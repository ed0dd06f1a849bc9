"""A teacher of both towers: one dual encoder or several; its vectors are computed once and kept."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import torch
from filelock import FileLock
from numpy.typing import NDArray
from torch import Tensor, nn

from visavis.cache import cache_folder
from visavis.encoders import OnnxEncoder, load_encoder
from visavis.encoders.preprocessing import Preprocessing
from visavis.errors import ModelError, TrainingError, UnknownNameError, reason
from visavis.training.data import Pairs
from visavis.training.examples import extract_features
from visavis.training.features.table import FeatureTable
from visavis.training.model import TwoTowers
from visavis.training.recipe import load_recipe
from visavis.training.starts import model_folder
from visavis.training.starts.towers import PretrainedBackbone, PretrainedHead
from visavis.training.towers.backbone import Backbone, Kind, hash_of
from visavis.training.towers.image import ImageTower
from visavis.training.vocabulary import VocabularyTexts

Encode = Callable[[list[str]], Tensor]

SCALE = 20.0
"""What a model's cosines are multiplied by before a softmax, if it does not say."""

TEXTS = 256  # encoded at a time
HEADS = 1024  # features that a head projects at a time


class TeacherModel:
    """A dual encoder: unit vectors of image files and texts, from the cache if they are there.

    The vector of an image is the mean of its own and of its mirror image's, as crops of training
    images are mirrored, too. `name` has a hash of what it is made of. `languages` are those of its
    texts, none if it does not say, and `scale` is what its cosines are multiplied by before a
    softmax. `networks` are those that may compute elsewhere than on the processor.
    """

    def __init__(
        self,
        name: str,
        tower: ImageTower,
        encode: Encode,
        *,
        networks: nn.Module | None = None,
        languages: Sequence[str] = (),
        scale: float = SCALE,
    ) -> None:
        self.name, self.tower, self._encode = name, tower.eval(), encode
        self.networks = networks or tower
        self.languages, self.scale = tuple(languages), scale

    @classmethod
    def open(cls, name: str) -> Self:
        """Open "bundled", a model folder, a name of the catalogue or what transformers loads.

        Raises TrainingError.
        """
        try:
            folder = model_folder(name)
            return cls._of_folder(folder) if folder else cls._of_transformers(name)
        except (ModelError, TrainingError, UnknownNameError) as error:
            raise TrainingError(f"data.teacher_model = {name!r}: {error}") from error

    @classmethod
    def _of_folder(cls, folder: Path) -> Self:
        encoder = load_encoder(folder)
        if not isinstance(encoder, OnnxEncoder):
            raise TrainingError("not a model folder of ONNX networks")
        head = PretrainedHead(nn.Identity(), encoder.dim)
        return cls(
            encoder.id,
            ImageTower(MirroredBackbone(EncoderBackbone(encoder)), "pooled", head),
            lambda texts: torch.from_numpy(encoder.encode_texts(texts)),
            languages=encoder.languages,
            scale=encoder.info.details.get("similarity", {}).get("logit_scale", SCALE),
        )

    @classmethod
    def _of_transformers(cls, name: str) -> Self:
        from visavis.training.starts.dual import DualStart  # imports transformers

        start = DualStart.open(load_recipe("finetune", [f"model={json.dumps(name)}"]))
        start.image.backbone = MirroredBackbone(start.image.backbone)
        vocabulary = start.vocabulary(VocabularyTexts([]))
        towers = TwoTowers(start.image, vocabulary.tower).eval()

        def encode(texts: list[str]) -> Tensor:
            device = next(towers.parameters()).device
            return towers.encode_texts(vocabulary.tokens(texts).to(device)).cpu()

        return cls(
            f"{Path(name).name}@{hash_of(towers, vocabulary.tokenizer.to_str())}",
            start.image,
            encode,
            networks=towers,
            languages=start.details["languages"],
            scale=start.similarity.get("logit_scale", SCALE),
        )

    def to(self, device: torch.device) -> None:
        """Compute on a device from now on."""
        self.networks.to(device)

    @torch.no_grad()
    def images(
        self, paths: Sequence[Path], log: Callable[[str], None]
    ) -> tuple[list[Path], Tensor]:
        """Return the files that can be opened, and their unit vectors, float16 (files, width)."""
        if not paths:
            return [], torch.empty(0, self.tower.dim, dtype=torch.float16)
        pairs = Pairs(list(paths), [], [], np.empty(0, np.int64))
        kept, features = extract_features(self.tower, pairs, log)
        device = self.tower.backbone.get_buffer("mean").device
        rows = np.arange(len(features))
        found = [
            self.tower(features.take(rows[start : start + HEADS]).to(device)).half().cpu()
            for start in range(0, len(rows), HEADS)
        ]
        return kept.paths, torch.cat(found)

    def texts(self, texts: Sequence[str]) -> Tensor:
        """Return unit vectors, float16 (texts, width). Raises TrainingError if none can be kept."""
        folder = cache_folder("features", f"{self.name}-texts")
        ids = [hashlib.blake2b(text.encode(), digest_size=16).hexdigest() for text in texts]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / "lock"):
                table = FeatureTable(folder, (self.tower.dim,))
                self._extend(table, dict(zip(ids, texts, strict=True)))
        except OSError as error:
            raise TrainingError(f"{folder}: vectors cannot be kept, {reason(error)}") from error
        rows = np.array([table.rows[each] for each in ids], np.int64)
        return torch.from_numpy(np.asarray(table.values()[rows], np.float16))

    @torch.no_grad()
    def _extend(self, table: FeatureTable, texts: dict[str, str]) -> None:
        """Add the vectors of texts, by their hashes, that the table lacks."""
        new = [each for each in texts if each not in table.rows]
        for start in range(0, len(new), TEXTS):
            batch = new[start : start + TEXTS]
            vectors = self._encode([texts[each] for each in batch])
            table.append(batch, _half(vectors))


class EncoderBackbone(PretrainedBackbone):
    """The image network of a model folder, as a backbone whose features are its vectors."""

    def __init__(self, encoder: OnnxEncoder) -> None:
        super().__init__(encoder.id, nn.Identity(), encoder.info.preprocessing)
        self.encoder = encoder

    @property
    def id(self) -> str:
        return self.encoder.id

    def _features(self, x: Tensor, kind: Kind) -> Tensor:  # noqa: ARG002 - there is one kind
        return torch.from_numpy(self.encoder.encode_images(list(x.cpu().numpy()))).to(x.device)


class MirroredBackbone(Backbone):
    """Another backbone; its features are the means of those of an image and its mirror image."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__(backbone.name, backbone, backbone.preparation)
        self.backbone = backbone
        self.kinds, self.precision = backbone.kinds, backbone.precision

    @property
    def id(self) -> str:
        return f"{self.backbone.id}-mirrored"

    @property
    def preprocessing(self) -> Preprocessing:
        return self.backbone.preprocessing

    def forward(self, pixels: Tensor, kind: Kind) -> Tensor:
        return self._features(pixels, kind)

    def _features(self, x: Tensor, kind: Kind) -> Tensor:
        features: Tensor = self.backbone(x, kind) + self.backbone(x.flip(2), kind)
        return features / 2

    def _stem(self) -> nn.Module:
        return nn.Identity()


class JoinedTeachers:
    """Several dual encoders as one: the vectors of each, side by side, have the mean of all scores.

    It knows the languages that all of them know. Fukuda et al., Efficient Knowledge Distillation
    from an Ensemble of Teachers, 2017, https://doi.org/10.21437/Interspeech.2017-614.
    """

    def __init__(self, teachers: Sequence[TeacherModel]) -> None:
        self.teachers = teachers
        self.name = " and ".join(teacher.name for teacher in teachers)
        known = [set(teacher.languages) for teacher in teachers if teacher.languages]
        self.languages = tuple(sorted(set.intersection(*known))) if known else ()
        self.scale = sum(teacher.scale for teacher in teachers) / len(teachers)

    @classmethod
    def open(cls, names: str) -> Self:
        """Open what `TeacherModel.open` takes, with commas between. Raises TrainingError."""
        return cls([TeacherModel.open(name.strip()) for name in names.split(",")])

    def to(self, device: torch.device) -> None:
        """Compute on a device from now on."""
        for teacher in self.teachers:
            teacher.to(device)

    def images(
        self, paths: Sequence[Path], log: Callable[[str], None]
    ) -> tuple[list[Path], Tensor]:
        """Return the files that can be opened, and their unit vectors, float16 (files, width)."""
        found = [teacher.images(paths, log) for teacher in self.teachers]
        return found[0][0], _joined([vectors for _, vectors in found])

    def texts(self, texts: Sequence[str]) -> Tensor:
        """Return unit vectors, float16 (texts, width). Raises TrainingError if none can be kept."""
        return _joined([teacher.texts(texts) for teacher in self.teachers])


def _joined(vectors: Sequence[Tensor]) -> Tensor:
    return torch.cat(list(vectors), dim=1) / math.sqrt(len(vectors))


def _half(vectors: Tensor) -> NDArray[np.float16]:
    found: NDArray[np.float16] = vectors.half().numpy()
    return found
