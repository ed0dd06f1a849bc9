"""A matrix of vectors to be ranked, in a file that is mapped, not read."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis.files import replacing
from visavis.moments import Moments
from visavis.stores.checksum import checksum
from visavis.types import Vectors

_HEADER = 128
_SCORES = 1 << 26
"""Scores held at a time: many queries are ranked in groups, to bound memory."""
_COPIED = 0.2
"""Share of the vectors up to which a selection is copied."""
_REGION_BITS = 16
_REGION = (1 << _REGION_BITS) - 1


@dataclass(frozen=True, slots=True)
class Match:
    """An item's row in the database, which of its vectors matched, and the score.

    `region` counts the item's vectors in order of their boxes; 0 is the full image.
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
    chosen: NDArray[np.bool_] | None = None
    """Vectors that are ranked; None for all."""

    @property
    def rows(self) -> NDArray[np.int64]:
        """The row of the item of each vector."""
        return self.keys >> _REGION_BITS if self.regions else self.keys

    @property
    def count(self) -> int:
        """The number of vectors that are ranked."""
        return len(self.keys) if self.chosen is None else int(np.count_nonzero(self.chosen))

    @property
    def items(self) -> int:
        """The number of items that have a vector here, ranked or not."""
        return int(np.count_nonzero(self.keys & _REGION == 0)) if self.regions else len(self.keys)

    @property
    def has_regions(self) -> bool:
        """Whether any item has more than one vector."""
        return self.regions and bool((self.keys & _REGION).any())

    def select(self, accepted: NDArray[np.bool_]) -> Matrix:
        """Keep the vectors of those items whose rows a mask accepts, in the same order.

        Many are marked instead of copied: it takes longer to copy a vector than to rank it.
        """
        rows = self.rows
        accepted = np.append(
            accepted, np.zeros(max(0, rows.max(initial=0) + 1 - len(accepted)), bool)
        )
        chosen = accepted[rows]
        if self.chosen is not None:
            chosen &= self.chosen
        if np.count_nonzero(chosen) > _COPIED * len(chosen):
            return replace(self, chosen=chosen)
        return Matrix(self.keys[chosen], self.vectors[chosen], self.regions)

    def nearest(self, queries: Vectors, k: int) -> list[list[Match]]:
        """Return for each query vector the k best items, best first."""
        best = []
        group = max(1, _SCORES // max(1, len(self.keys)))
        for start in range(0, len(queries), group):
            scores = np.round(queries[start : start + group] @ self.vectors.T, 6)
            if self.chosen is not None:
                scores[:, ~self.chosen] = -np.inf
            best += [self._best(row, k) for row in scores]
        return best

    def _best(self, scores: NDArray[np.floating], k: int) -> list[Match]:
        keys = self.keys
        if not self.regions:
            best = _highest(scores, k)
            found = zip(keys[best].tolist(), scores[best].tolist(), strict=True)
            return [Match(key, 0, score) for key, score in found if isfinite(score)]
        best = _best_of_each(keys >> _REGION_BITS, scores)
        best = best[_highest(scores[best], k)]
        found = zip(keys[best].tolist(), scores[best].tolist(), strict=True)
        return [
            Match(key >> _REGION_BITS, key & _REGION, score)
            for key, score in found
            if isfinite(score)
        ]


def region_keys(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Join each vector's row with its number within the item, whose vectors stand together."""
    starts = _starts(rows)
    lengths = np.diff(np.append(starts, len(rows)))
    return (rows << _REGION_BITS) + np.arange(len(rows)) - np.repeat(starts, lengths)


def _starts(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the index of the first vector of each item."""
    return np.flatnonzero(np.diff(rows, prepend=-1))


def _best_of_each(rows: NDArray[np.int64], scores: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return the index of the best vector of each item, of equals the first."""
    starts = _starts(rows)
    if not len(starts):
        return starts
    lengths = np.diff(np.append(starts, len(rows)))
    best = np.repeat(np.maximum.reduceat(scores, starts), lengths)
    indices = np.flatnonzero(scores == best)
    return indices[_starts(rows[indices])]


def _highest(scores: NDArray[np.floating], k: int) -> NDArray[np.int64]:
    if k < len(scores):
        least = np.partition(scores, -k)[-k]
        indices = np.flatnonzero(scores >= least)
    else:
        indices = np.arange(len(scores))
    return indices[np.argsort(-scores[indices], kind="stable")[:k]]


def load_matrix(path: Path, tag: bytes, dim: int) -> Matrix | None:
    """Map the matrix at `path`, or return None if absent, damaged or tagged otherwise."""
    try:
        data = np.memmap(path, np.uint8, "r")
    except (OSError, ValueError):
        return None
    count = (len(data) - _HEADER) // (8 + 4 * dim)
    keys_end = _HEADER + 8 * count
    if count < 0 or len(data) != keys_end + 4 * dim * count:
        return None
    keys = np.asarray(data[_HEADER:keys_end]).view(np.int64)
    vectors = np.asarray(data[keys_end:]).view(np.float32).reshape(count, dim)
    if not _is_sound(data[:_HEADER].tobytes(), tag, count, keys, vectors):
        return None
    return Matrix(keys, vectors)


def read_tag(path: Path) -> bytes | None:
    """Return the tag of the matrix or moments at `path`, None if there is no file."""
    try:
        with path.open("rb") as file:
            return file.read(_HEADER - 16).partition(b"\0")[0]
    except OSError:
        return None


def save_matrix(path: Path, tag: bytes, matrix: Matrix) -> bool:
    """Write a matrix so that others see all of it or none; False where none can be kept."""
    arrays = np.ascontiguousarray(matrix.keys), np.ascontiguousarray(matrix.vectors)
    return _save(path, tag, len(matrix.keys), *arrays)


def load_moments(path: Path, tag: bytes, dim: int) -> Moments | None:
    """Read the moments at `path`, or return None if absent, damaged or tagged otherwise."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if len(data) != _HEADER + 8 * dim * (dim + 1):
        return None
    count = int.from_bytes(data[_HEADER - 8 : _HEADER], "little", signed=True)
    rows = np.frombuffer(data, np.float64, offset=_HEADER).reshape(dim + 1, dim)
    if not _is_sound(data[:_HEADER], tag, count, rows[0], rows[1:]):
        return None
    return Moments(count, rows[0], rows[1:])


def save_moments(path: Path, tag: bytes, moments: Moments) -> None:
    """Write moments as `save_matrix` writes a matrix."""
    _save(path, tag, moments.count, moments.mean, moments.second)


def _save(path: Path, tag: bytes, count: int, *arrays: NDArray[np.generic]) -> bool:
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as file:
            file.write(_header(tag, count, *arrays))
            for array in arrays:
                file.write(array.data)
        return True
    return False


def _is_sound(header: bytes, tag: bytes, count: int, *arrays: NDArray[np.generic]) -> bool:
    """Tell whether a file has the tag and its arrays are what was written; the tag is cheap."""
    return header.startswith(tag + b"\0") and header == _header(tag, count, *arrays)


def _header(tag: bytes, count: int, *arrays: NDArray[np.generic]) -> bytes:
    """Return the tag, the checksum of the count and of the arrays, and the count."""
    check = checksum(np.array([count]), *arrays)
    return (
        tag.ljust(_HEADER - 16, b"\0")
        + check.to_bytes(8, "little")
        + count.to_bytes(8, "little", signed=True)
    )
