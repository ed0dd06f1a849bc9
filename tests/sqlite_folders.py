"""Collections in SQLite to try things on: eight images, and what a search in them answers."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from visavis.stores import Record, SQLiteStore
from visavis.types import Item

if TYPE_CHECKING:
    from pathlib import Path

DIM = 4
QUERY = np.eye(1, DIM, dtype=np.float32)


def record(name, *, modality="image"):
    number = sum(map(ord, name))
    vector = np.array([1, number % 7, number % 5, number % 3], np.float32)
    return Record(Item(name, modality, f"{name}.jpg"), vector / np.linalg.norm(vector))


def fill_folder(folder: Path) -> Path:
    """Make a collection of images a to h in a folder."""
    with closing(SQLiteStore.create(str(folder), "model@1", DIM)) as store:
        store.upsert([record(name) for name in "abcdefgh"])
    return folder


def answers(folder):
    with closing(SQLiteStore.open(str(folder))) as store:
        return store.search(QUERY, 5)
