"""A matrix of vectors in one file that is mapped, not read: a cache that may go at any time."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis.stores.base import Combine
from visavis.types import Vectors

_HEADER = 128
_BATCH = 256
"""Queries ranked at a time: keeps the scores of many queries from filling the memory."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Vectors (n, dim) and the key of each (n,), in the order that breaks ties."""

    keys: NDArray[np.int64]
    vectors: Vectors

    def select(self, keys: NDArray[np.int64]) -> Matrix:
        """Keep the rows with one of these keys, in the same order."""
        chosen = np.isin(self.keys, keys)
        return Matrix(self.keys[chosen], self.vectors[chosen])

    def nearest(self, queries: Vectors, k: int) -> list[list[tuple[int, float]]]:
        """Return for each query vector the k best keys with their scores, best first."""
        best = []
        for start in range(0, len(queries), _BATCH):
            scores = np.round(queries[start : start + _BATCH] @ self.vectors.T, 6)
            best += [_best(self.keys, row, k) for row in scores]
        return best

    def combined(
        self, terms: Vectors, combine: Combine, k: int, only: NDArray[np.int64] | None
    ) -> list[tuple[int, float]]:
        """Return the k best keys, of `only` these if given, for what all terms say together."""
        if not len(self.keys):
            return []
        scores = np.round(combine(terms @ self.vectors.T), 6)
        if only is None:
            return _best(self.keys, scores, k)
        chosen = np.isin(self.keys, only)
        return _best(self.keys[chosen], scores[chosen], k)


def _best(keys: NDArray[np.int64], scores: NDArray[np.floating], k: int) -> list[tuple[int, float]]:
    if k < len(scores):
        least = np.partition(scores, -k)[-k]
        places = np.flatnonzero(scores >= least)
    else:
        places = np.arange(len(scores))
    best = places[np.argsort(-scores[places], kind="stable")[:k]]
    return list(zip(keys[best].tolist(), scores[best].tolist(), strict=True))


def load_matrix(path: Path, tag: bytes, dim: int) -> Matrix | None:
    """Map the matrix at `path`, or return None if it is absent, not whole or tagged otherwise."""
    try:
        data = np.memmap(path, np.uint8, "r")
    except (OSError, ValueError):
        return None
    count = (len(data) - _HEADER) // (8 + 4 * dim)
    keys_end = _HEADER + 8 * count
    if data[:_HEADER].tobytes() != _header(tag, count) or len(data) != keys_end + 4 * dim * count:
        return None
    keys = np.asarray(data[_HEADER:keys_end]).view(np.int64)
    return Matrix(keys, np.asarray(data[keys_end:]).view(np.float32).reshape(count, dim))


def save_matrix(path: Path, tag: bytes, matrix: Matrix) -> None:
    """Write a matrix so that others see all of it or none; do nothing where none can be kept."""
    draft = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.tmp")
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        try:
            with draft.open("wb") as file:
                file.write(_header(tag, len(matrix.keys)))
                file.write(np.ascontiguousarray(matrix.keys).data)
                file.write(np.ascontiguousarray(matrix.vectors).data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)


def _header(tag: bytes, count: int) -> bytes:
    return tag.ljust(_HEADER - 8, b"\0") + count.to_bytes(8, "little", signed=True)
