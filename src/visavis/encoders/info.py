"""The description of a model, read from `model.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from visavis.encoders.preprocessing import Preprocessing
from visavis.encoders.regions import RelativeBox
from visavis.encoders.relevance import RelevanceCurve
from visavis.errors import ModelError
from visavis.types import Vectors

FORMAT = 1
MODEL_FILE = "model.json"
REGIONS_KEY = "windows"
"""Key of the regions in `model.json`. Its value is part of the file format, as is the old name."""


@dataclass(frozen=True, slots=True)
class Network:
    """One of a model's two networks: its file, the output that holds the vectors, its batch size.

    `output` is by default the network's first. `batch` is 1 for networks whose vectors would
    otherwise depend on what else is in a batch.
    """

    file: str
    output: str | None
    batch: int | None


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """The description of a model; `details` holds all of `model.json`.

    `relevance` is None if the model was not calibrated, and `text_mean`, (dim,), is None if an
    earlier version wrote the folder. `known_words`, in lower case, were learned though the
    tokenizer has fragments of them alone.
    """

    id: str
    dim: int
    languages: tuple[str, ...]
    image: Network
    preprocessing: Preprocessing
    regions: tuple[RelativeBox, ...]
    text: Network
    tokenizer_file: str
    relevance: RelevanceCurve | None
    text_mean: Vectors | None
    known_words: frozenset[str]
    details: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> ModelInfo:
        """Read and check `model.json`; raise ModelError if it cannot be used."""
        path = folder / MODEL_FILE
        details = read_details(folder)
        try:
            return cls(
                id=str(details["id"]),
                dim=int(details["dim"]),
                languages=tuple(details["languages"]),
                image=_network(details["image"]),
                preprocessing=Preprocessing.parse(details["image"]),
                regions=tuple(_region(each) for each in details["image"].get(REGIONS_KEY, ())),
                text=_network(details["text"]),
                tokenizer_file=details["text"]["tokenizer"],
                relevance=_relevance(details.get("relevance")),
                text_mean=_text_mean(details.get("text_mean"), int(details["dim"])),
                known_words=_words(details.get("known_words", [])),
                details=details,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{path}: {error} is missing or malformed") from None


def read_details(folder: Path) -> dict[str, Any]:
    """Return all of `model.json`; raise ModelError if the folder has none of a known format."""
    path = folder / MODEL_FILE
    try:
        details = json.loads(path.read_text("utf-8"))
    except OSError:
        raise ModelError(f"{folder} is not a model folder: no {MODEL_FILE} in it") from None
    except ValueError as error:
        raise ModelError(f"{path}: not valid JSON ({error})") from None
    if not isinstance(details, dict) or details.get("format") != FORMAT:
        raise ModelError(f"{path}: not a model of format {FORMAT}, the only one known here")
    return details


def _network(side: dict[str, Any]) -> Network:
    return Network(side["file"], side.get("output"), side.get("batch"))


def _text_mean(values: list[float] | None, dim: int) -> Vectors | None:
    if values is None:
        return None
    mean = np.array(values, np.float32)
    if mean.shape != (dim,) or not np.isfinite(mean).all():
        raise ValueError(f"text_mean, {dim} numbers,")
    return mean


def _words(values: list[str]) -> frozenset[str]:
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise ValueError("known_words, a list of words,")
    return frozenset(values)


def _relevance(values: dict[str, Any] | None) -> RelevanceCurve | None:
    return None if values is None else RelevanceCurve.parse(values)


def _region(sides: list[float]) -> RelativeBox:
    x, y, width, height = map(float, sides)
    return x, y, width, height
