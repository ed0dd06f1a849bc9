"""Rows of features on disk, each under the hash of the image it was computed from."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HASH_BYTES = 16


class FeatureTable:
    """Float16 rows of one shape, in two files that only grow: their values and their hashes.

    A hash is written after its values have reached the disk, and a row counts once it has a hash;
    what a killed run left behind the last row is overwritten. One process at a time may append.
    """

    def __init__(self, folder: Path, shape: Sequence[int]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.shape = tuple(shape)
        self._values, self._hashes = folder / "values.f16", folder / "hashes"
        for file in (self._values, self._hashes):
            file.touch()
        self.rows = self._read()

    def append(self, ids: Sequence[str], values: NDArray[np.float16]) -> None:
        """Add the rows of new `ids`, hexadecimal hashes of 16 bytes. Raises OSError."""
        start = len(self.rows)
        _write(self._values, start * self._row_bytes, np.ascontiguousarray(values).tobytes())
        _write(self._hashes, start * HASH_BYTES, bytes.fromhex("".join(ids)))
        self.rows |= {each: start + offset for offset, each in enumerate(ids)}

    def values(self) -> NDArray[np.float16]:
        """Return all rows, (rows, *shape), memory-mapped."""
        if not self.rows:
            return np.empty((0, *self.shape), np.float16)
        return np.memmap(self._values, np.float16, "r", shape=(len(self.rows), *self.shape))

    @property
    def _row_bytes(self) -> int:
        return 2 * math.prod(self.shape)

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
