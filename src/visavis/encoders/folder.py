"""Write a model folder's `model.json` beside its networks and tokenizer."""

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
    """Raise ModelError unless a model may be written to `folder`: nothing is ever overwritten."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ModelError(f"{folder}: is there already and not empty; name a new folder")


def write_description(folder: Path, name: str, description: Mapping[str, Any]) -> str:
    """Write `model.json` and return the model's id: its name and a hash of its files.

    The hash is of what decides the vectors: networks, their weights, the tokenizer, and how
    both sides are fed.
    """
    sides = json.dumps([description["image"], description["text"]], sort_keys=True)
    identity = f"{name}@{_digest(folder, sides)[:12]}"
    whole = {**description, "format": FORMAT, "id": identity}
    text = json.dumps(whole, indent=2, ensure_ascii=False)
    (folder / MODEL_FILE).write_text(text + "\n", "utf-8")
    return identity


def _digest(folder: Path, sides: str) -> str:
    digest = hashlib.sha256(sides.encode())
    for path in sorted(_parts(folder)):
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()


def _parts(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and (".onnx" in path.name or path.name == "tokenizer.json")
    ]
