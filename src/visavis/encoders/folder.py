"""Writer of `model.json` in a new model folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from visavis.encoders.info import FORMAT, MODEL_FILE
from visavis.errors import ModelError

_BLOCK = 1 << 20


def check_new(folder: Path) -> None:
    """Raise ModelError if the folder exists and is not empty: no model is overwritten."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ModelError(f"{folder}: exists and is not empty; name a new folder")


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
