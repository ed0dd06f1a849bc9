"""Imports point down only; torch stays in the training room."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import visavis

ROOT = Path(visavis.__file__).parent
FLOORS = [
    {"errors", "types", "registry", "images", "cache", "catalogue", "files", "moments", "threads"},
    {"encoders", "stores", "queries", "datasets"},
    {"collection", "indexing", "evaluation", "training", "projection", "models"},
    {"server"},
    {"cli", "__main__"},
]
NEIGHBOURS = [True, False, True, True, True]  # may rooms of a floor import each other?
MODULES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def imports(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floor_of(room):
    return next(n for n, rooms in enumerate(FLOORS) if room in rooms)


def room_of(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path):
    room = room_of(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "visavis" or len(parts) < 2 or parts[1] in {room, "__version__"}:
            continue
        own, other = floor_of(room), floor_of(parts[1])
        assert other < own or (other == own and NEIGHBOURS[own]), f"{room} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_torch_stays_in_training(path):
    heavy = {"torch", "onnx", "transformers", "gensim", "tensorboard"}
    used = {name.split(".")[0] for name in imports(path)} & heavy
    assert not used or room_of(path) == "training"
