"""Values as they are stored in the columns of a database."""

from __future__ import annotations

import json

import numpy as np

from visavis.errors import CollectionError
from visavis.stores.records import SourceState, Stamp
from visavis.types import Box, Item, Modality, Vectors


def pack(vector: Vectors) -> bytes:
    """Return the bytes of a vector (dim,)."""
    return vector.astype("<f4").tobytes()


def unpack(blobs: list[bytes], dim: int) -> Vectors:
    """Return vectors (n, dim) from their bytes; raises CollectionError for a damaged one."""
    if any(len(blob) != 4 * dim for blob in blobs):
        raise CollectionError("the collection is damaged: a vector has the wrong length")
    return np.frombuffer(b"".join(blobs), "<f4").astype(np.float32, copy=False).reshape(-1, dim)


def read_item(name: str, modality: Modality, text: str | None, source: str, metadata: str) -> Item:
    """Return an item from its columns."""
    return Item(name, modality, source, text, json.loads(metadata))


def read_state(item: str, size: int | None, mtime_ns: int, missing: int) -> SourceState:
    """Return the state of a source from its columns."""
    return SourceState(item, None if size is None else Stamp(size, mtime_ns), bool(missing))


def read_box(box: str) -> Box | None:
    """Return the box of a region; None for a full image, whose column is empty."""
    return Box(*map(int, box.split(","))) if box else None
