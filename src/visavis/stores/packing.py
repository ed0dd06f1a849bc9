"""Vectors as bytes in a database, each followed by a checksum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from visavis.errors import DamagedVectorError
from visavis.types import Vectors

_CHECK = 8
_MULTIPLIER = 0x9E3779B97F4A7C15


def pack(vector: Vectors) -> bytes:
    """Return the bytes of a vector (dim,) and their checksum."""
    words = vector.astype("<f4").view("<u4")
    return words.tobytes() + _checksums(words[np.newaxis]).tobytes()


def unpack(blobs: Sequence[bytes], dim: int) -> Vectors:
    """Return vectors (n, dim) from their bytes; raises DamagedVectorError for a damaged one.

    Those that earlier versions wrote have no checksum: only NaN and infinity are noticed.
    """
    if any(not _has_length(blob, dim) for blob in blobs):
        raise _damaged("a vector has the wrong length")
    rows = np.empty((len(blobs), dim), np.float32)
    for length in {len(blob) for blob in blobs}:
        at = [number for number, blob in enumerate(blobs) if len(blob) == length]
        words = _words([blobs[number] for number in at])
        if not _are_sound(words, dim).all():
            raise _damaged("a vector is not what was written")
        rows[at] = words[:, :dim].view("<f4")
    return rows


def is_sound(blob: object, dim: int) -> bool:
    """Tell whether bytes are a vector of a length, as it was written."""
    return _has_length(blob, dim) and bool(_are_sound(_words([blob]), dim)[0])  # type: ignore[list-item]


def _has_length(blob: object, dim: int) -> bool:
    return isinstance(blob, bytes) and len(blob) in (4 * dim, 4 * dim + _CHECK)


def _words(blobs: list[bytes]) -> NDArray[np.uint32]:
    return np.frombuffer(b"".join(blobs), "<u4").reshape(len(blobs), -1)


def _are_sound(words: NDArray[np.uint32], dim: int) -> NDArray[np.bool_]:
    """Tell of each row, with its checksum or without, whether it is sound."""
    content, check = words[:, :dim], words[:, dim:]
    sound: NDArray[np.bool_] = np.isfinite(content.view("<f4")).all(axis=1)
    if check.size:
        sound &= np.ascontiguousarray(check).view("<u8")[:, 0] == _checksums(content)
    return sound


def _checksums(words: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Return 64 bits for each row of words (n, dim): a sum weighted by odd numbers.

    Any one flipped bit changes it, and zeros alone do not have 0.
    """
    dim = words.shape[1]
    pairs = words.astype("<u8") if dim % 2 else words.view("<u8")
    weights = np.arange(1, 2 * pairs.shape[1], 2, dtype="<u8") * np.uint64(_MULTIPLIER)
    return np.asarray(pairs @ weights + np.uint64(_MULTIPLIER), "<u8")


def _damaged(what: str) -> DamagedVectorError:
    return DamagedVectorError(
        f"the collection is damaged: {what}; index its folders again, which encodes it anew"
    )
