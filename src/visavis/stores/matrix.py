"""A matrix of vectors in one file that is mapped, not read: a cache that may go at any time."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis.files import replacing
from visavis.stores.base import Combine
from visavis.types import Vectors

_HEADER = 128
_SCORES = 1 << 26
"""Scores held at a time: many queries are ranked in groups, lest they fill the memory."""
_REGION_BITS = 16
_REGION = (1 << _REGION_BITS) - 1


@dataclass(frozen=True, slots=True)
class Place:
    """What was found: an item's row in the database, which of its vectors, and the score.

    `region` counts the item's vectors in order of their boxes; 0 is the whole.
    """

    row: int
    region: int
    score: float


@dataclass(frozen=True, slots=True)
class Matrix:
    """Vectors (n, dim) and the key of each (n,), in the order that breaks ties.

    The key is the row of the item; with `regions`, where an item has several vectors in a
    row, what `region_keys` makes of it.
    """

    keys: NDArray[np.int64]
    vectors: Vectors
    regions: bool = False

    @property
    def rows(self) -> NDArray[np.int64]:
        """The row of the item of each vector."""
        return self.keys >> _REGION_BITS if self.regions else self.keys

    @property
    def has_regions(self) -> bool:
        """Whether any item has more than its whole."""
        return self.regions and bool((self.keys & _REGION).any())

    def select(self, rows: NDArray[np.int64]) -> Matrix:
        """Keep the vectors of these items, in the same order."""
        chosen = np.isin(self.rows, rows)
        return Matrix(self.keys[chosen], self.vectors[chosen], self.regions)

    def nearest(self, queries: Vectors, k: int) -> list[list[Place]]:
        """Return for each query vector the k best items, best first."""
        best = []
        group = max(1, _SCORES // max(1, len(self.keys)))
        for start in range(0, len(queries), group):
            scores = np.round(queries[start : start + group] @ self.vectors.T, 6)
            best += [self._best(self.keys, row, k) for row in scores]
        return best

    def combined(
        self, terms: Vectors, combine: Combine, k: int, only: NDArray[np.int64] | None
    ) -> list[Place]:
        """Return the k best items, of `only` these if given, for what all terms say together."""
        if not len(self.keys):
            return []
        scores = np.round(combine(terms @ self.vectors.T), 6)
        if only is None:
            return self._best(self.keys, scores, k)
        chosen = np.isin(self.rows, only)
        return self._best(self.keys[chosen], scores[chosen], k)

    def _best(self, keys: NDArray[np.int64], scores: NDArray[np.floating], k: int) -> list[Place]:
        if not self.regions:
            places = _highest(scores, k)
            found = zip(keys[places].tolist(), scores[places].tolist(), strict=True)
            return [Place(key, 0, score) for key, score in found]
        places = _best_of_each(keys >> _REGION_BITS, scores)
        places = places[_highest(scores[places], k)]
        found = zip(keys[places].tolist(), scores[places].tolist(), strict=True)
        return [Place(key >> _REGION_BITS, key & _REGION, score) for key, score in found]


def region_keys(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the vectors of each item, which stand together, behind the item's row."""
    starts = _starts(rows)
    lengths = np.diff(np.append(starts, len(rows)))
    return (rows << _REGION_BITS) + np.arange(len(rows)) - np.repeat(starts, lengths)


def _starts(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where the first vector of each item stands."""
    return np.flatnonzero(np.diff(rows, prepend=-1))


def _best_of_each(rows: NDArray[np.int64], scores: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return the place of the best vector of each item, of equals the first."""
    starts = _starts(rows)
    if not len(starts):
        return starts
    lengths = np.diff(np.append(starts, len(rows)))
    best = np.repeat(np.maximum.reduceat(scores, starts), lengths)
    places = np.flatnonzero(scores == best)
    return places[_starts(rows[places])]


def _highest(scores: NDArray[np.floating], k: int) -> NDArray[np.int64]:
    if k < len(scores):
        least = np.partition(scores, -k)[-k]
        places = np.flatnonzero(scores >= least)
    else:
        places = np.arange(len(scores))
    return places[np.argsort(-scores[places], kind="stable")[:k]]


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
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as file:
            file.write(_header(tag, len(matrix.keys)))
            file.write(np.ascontiguousarray(matrix.keys).data)
            file.write(np.ascontiguousarray(matrix.vectors).data)


def _header(tag: bytes, count: int) -> bytes:
    return tag.ljust(_HEADER - 8, b"\0") + count.to_bytes(8, "little", signed=True)
