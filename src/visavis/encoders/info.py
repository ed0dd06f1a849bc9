"""What `model.json` says of a model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from visavis.encoders.preprocessing import Preprocessing
from visavis.encoders.windows import Window
from visavis.errors import ModelError

FORMAT = 1
MODEL_FILE = "model.json"


@dataclass(frozen=True, slots=True)
class Network:
    """One side of a model: its file, the output that holds the vectors, inputs run at a time.

    Without an output named, the first is taken. `batch` is 1 for networks whose vectors would
    otherwise depend on what else is in a batch.
    """

    file: str
    output: str | None
    batch: int | None


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What `model.json` says of a model; `details` holds the whole file."""

    id: str
    dim: int
    languages: tuple[str, ...]
    image: Network
    preprocessing: Preprocessing
    windows: tuple[Window, ...]
    text: Network
    tokenizer_file: str
    details: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> ModelInfo:
        """Read and check `model.json`; raise ModelError when it cannot be used."""
        path = folder / MODEL_FILE
        details = _details(folder)
        try:
            return cls(
                id=str(details["id"]),
                dim=int(details["dim"]),
                languages=tuple(details["languages"]),
                image=_network(details["image"]),
                preprocessing=Preprocessing.parse(details["image"]),
                windows=tuple(_window(each) for each in details["image"].get("windows", ())),
                text=_network(details["text"]),
                tokenizer_file=details["text"]["tokenizer"],
                details=details,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{path}: {error} is missing or malformed") from None


def _details(folder: Path) -> dict[str, Any]:
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


def _window(parts: list[float]) -> Window:
    x, y, width, height = map(float, parts)
    return x, y, width, height
