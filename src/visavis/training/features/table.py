"""Rows of features on disk, each under the hash of the image it was computed from."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

HASH_BYTES = 16

Features: TypeAlias = NDArray[np.floating[Any]]


class FeatureTable:
    """Rows of one shape and precision, in two files that only grow: values and hashes.

    A hash is written after its values have reached the disk, and a row counts once it has a hash;
    what a killed run left behind the last row is overwritten. One process at a time may append.
    """

    def __init__(
        self, folder: Path, shape: Sequence[int], precision: type[np.floating[Any]] = np.float16
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.shape, self.precision = tuple(shape), np.dtype(precision)
        self._values = folder / f"values.f{8 * self.precision.itemsize}"
        self._hashes = folder / "hashes"
        for file in (self._values, self._hashes):
            file.touch()
        self.rows = self._read()

    def append(self, ids: Sequence[str], values: Features) -> None:
        """Add the rows of new `ids`, hexadecimal hashes of 16 bytes. Raises OSError."""
        start = len(self.rows)
        _write(self._values, start * self._row_bytes, np.ascontiguousarray(values).tobytes())
        _write(self._hashes, start * HASH_BYTES, bytes.fromhex("".join(ids)))
        self.rows |= {each: start + offset for offset, each in enumerate(ids)}

    def values(self) -> Features:
        """Return all rows, (rows, *shape), memory-mapped."""
        if not self.rows:
            return np.empty((0, *self.shape), self.precision)
        return np.memmap(self._values, self.precision, "r", shape=(len(self.rows), *self.shape))

    @property
    def _row_bytes(self) -> int:
        return self.precision.itemsize * math.prod(self.shape)

    def _read(self) -> dict[str, int]:
        hashes = self._hashes.read_bytes()
        rows = min(len(hashes) // HASH_BYTES, self._values.stat().st_size // self._row_bytes)
        return {hashes[row * HASH_BYTES : (row + 1) * HASH_BYTES].hex(): row for row in range(rows)}


def _write(path: Path, start: int, data: Any) -> None:
    with path.open("r+b") as file:
        file.truncate(start)
        file.seek(start)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
