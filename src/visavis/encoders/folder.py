"""Write model folders: drafts, `model.json`, and the id of a model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from visavis.encoders.info import FORMAT, MODEL_FILE, read_details
from visavis.errors import ModelError, reason
from visavis.files import replacing

_BLOCK = 1 << 20


def check_new(folder: Path) -> None:
    """Raise ModelError if the folder exists and is not empty: no model is overwritten."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ModelError(f"{folder}: exists and is not empty; name a new folder")


@contextmanager
def drafting(folder: Path) -> Iterator[Path]:
    """Give an empty folder to write a model into; its files move to `folder` at the end.

    `model.json` moves last, so that an interrupted move leaves no model. On an exception nothing
    moves.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder if folder.is_dir() else folder.parent
    with TemporaryDirectory(dir=beside, prefix=f".{folder.name}-") as scratch:
        draft = Path(scratch)
        yield draft
        folder.mkdir(exist_ok=True)
        for path in sorted(draft.iterdir(), key=lambda path: path.name == MODEL_FILE):
            path.replace(folder / path.name)


def write_description(folder: Path, name: str, description: Mapping[str, Any]) -> str:
    """Write `model.json` and return the model's id: its name and a hash.

    The hash covers all that decides the vectors: networks, weights, the tokenizer, and the
    descriptions of both networks.
    """
    networks = json.dumps([description["image"], description["text"]], sort_keys=True)
    identity = f"{name}@{_digest(folder, networks)[:12]}"
    complete = {**description, "format": FORMAT, "id": identity}
    text = json.dumps(complete, indent=2, ensure_ascii=False)
    (folder / MODEL_FILE).write_text(text + "\n", "utf-8")
    return identity


def update_description(folder: Path, values: Mapping[str, Any]) -> None:
    """Set values in `model.json` that do not decide the vectors; the id stays as it is.

    Raises ModelError if the folder holds no model or cannot be written.
    """
    complete = {**read_details(folder), **values}
    text = json.dumps(complete, indent=2, ensure_ascii=False)
    try:
        with replacing(folder / MODEL_FILE) as file:
            file.write(f"{text}\n".encode())
    except OSError as error:
        raise ModelError(f"{folder / MODEL_FILE}: cannot be written ({reason(error)})") from None


def _digest(folder: Path, networks: str) -> str:
    digest = hashlib.sha256(networks.encode())
    for path in sorted(_hashed_files(folder)):
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()


def _hashed_files(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and (".onnx" in path.name or path.name == "tokenizer.json")
    ]
