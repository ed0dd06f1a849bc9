"""The file that takes a collection to a browser or a phone; docs/on-device.md has its layout."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from visavis.moments import Moments
from visavis.types import Item, Modality, Vectors

MAGIC = b"VISAVIS\n"
FORMAT = 1
HEADER, ITEMS, MOMENTS, _REMOVED, END = 1, 2, 3, 4, 5
PRECISIONS = ("float16", "int8")
LARGEST_INT8 = 127


class DeviceFile:
    """Writes the frames of such a file, one after the other.

    A frame is its length and CRC-32 (both uint32), then a byte that says what it is, and what it
    holds. All numbers are little-endian.
    """

    def __init__(self, file: BinaryIO, model_id: str, dim: int, precision: str) -> None:
        self._file, self._precision, self._items = file, precision, 0
        file.write(MAGIC)
        self._write(
            HEADER,
            _json({"format": FORMAT, "model": model_id, "dim": dim} | {"vectors": precision}),
        )

    def items(self, items: Sequence[Item], vectors: Vectors, thumbnails: Sequence[bytes]) -> None:
        """Write items, their vectors (n, dim) and their JPEGs, which may be empty."""
        about = _json([_fields(item) for item in items])
        sizes = np.array([len(each) for each in thumbnails], "<u4").tobytes()
        packed = _packed(vectors, self._precision)
        self._write(ITEMS, _length(about), about, packed, sizes, *thumbnails)
        self._items += len(items)

    def moments(self, modality: Modality, moments: Moments) -> None:
        """Write what a calibrated fusion has to know of all items of a modality."""
        about = _json({"modality": modality, "count": moments.count})
        triangle = moments.second[np.triu_indices(len(moments.mean))]
        numbers = np.concatenate([moments.mean, triangle]).astype("<f8").tobytes()
        self._write(MOMENTS, _length(about), about, numbers)

    def end(self) -> None:
        """Write how many items there are, so that a file cut short is noticed."""
        self._write(END, _json({"items": self._items}))

    def _write(self, kind: int, *parts: bytes) -> None:
        body = b"".join((bytes([kind]), *parts))
        self._file.write(_length(body) + zlib.crc32(body).to_bytes(4, "little") + body)


def _packed(vectors: Vectors, precision: str) -> bytes:
    """Return vectors in half precision, or in bytes after one scale (float32) for each."""
    if precision == "float16":
        return vectors.astype("<f2").tobytes()
    scales = np.abs(vectors).max(axis=1, initial=0) / LARGEST_INT8
    scales = np.where(scales > 0, scales, 1).astype("<f4")
    rounded: NDArray[np.int8] = np.rint(vectors / scales[:, None]).astype(np.int8)
    return scales.tobytes() + rounded.tobytes()


def _fields(item: Item) -> Mapping[str, Any]:
    fields = {"id": item.id, "modality": item.modality, "source": item.source}
    text = {} if item.text is None else {"text": item.text}
    return fields | text | {"metadata": dict(item.metadata)}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _length(data: bytes) -> bytes:
    return len(data).to_bytes(4, "little")
