"""A checksum for the caches, as fast as memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_WORDS = 4096
_BLOCK = 8 * _WORDS
_MULTIPLIER = 0x9E3779B97F4A7C15
_BITS = 64


def checksum(*arrays: NDArray[np.generic]) -> int:
    """Return 64 bits that change with any damage likely to happen to contiguous arrays.

    Flipped bits, zeroed stretches and exchanged blocks of 32 KiB are noticed. Words of 64 bits are
    summed by block, and the sums weighted by odd numbers: no faster way to read the memory once.
    """
    total = 0
    for array in arrays:
        data = array.reshape(-1).view(np.uint8)
        total = (total * _MULTIPLIER + _weighted(data) + len(data)) % (1 << _BITS)
    return total


def _weighted(data: NDArray[np.uint8]) -> int:
    complete = len(data) // _BLOCK * _BLOCK
    rest = np.zeros(_BLOCK, np.uint8)
    rest[: len(data) - complete] = data[complete:]
    blocks = data[:complete].view(np.uint64).reshape(-1, _WORDS)
    sums = np.append(blocks.sum(axis=1), rest.view(np.uint64).sum())
    return int((sums * np.arange(1, 2 * len(sums), 2, dtype=np.uint64)).sum())
