"""An HNSW graph of int8 vectors in a file that is mapped, not read."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.extras import import_extra
from visavis.files import replacing
from visavis.stores.changes import Position
from visavis.stores.checksum import checksum
from visavis.types import Vectors

_HEADER = 128
_TAG = b"visavis graph 1"
_EXPANSION = 3
"""How many candidates are looked at for each that is asked for."""
_ALONE = 8192
"""Up to how many vectors one thread adds: in a small graph, several lose links to each other."""

Batch = tuple[NDArray[np.int64], Vectors]
"""Rows of items (n,) and their vectors (n, dim)."""


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph of the vectors of a modality, and the position up to which it knows of changes."""

    index: Any
    position: Position
    bytes: int
    _data: NDArray[np.uint8]  # is what the index looks at: kept as long
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __len__(self) -> int:
        return len(self.index)

    def candidates(self, query: Vectors, count: int) -> NDArray[np.int64]:
        """Return the rows of about the nearest items to a query (dim,), `count` at most."""
        if not len(self.index):
            return np.empty(0, np.int64)
        with self._lock:
            self.index.expansion_search = _EXPANSION * count
            found = self.index.search(query, min(count, len(self.index)), threads=1)
        return np.asarray(found.keys).astype(np.int64)


def sound_position(path: Path, dim: int) -> Position | None:
    """Read the graph at `path`; return its position, None if it is damaged or of other vectors."""
    try:
        data = np.memmap(path, np.uint8, "r")
    except (OSError, ValueError):
        return None
    header, content = data[:_HEADER].tobytes(), data[_HEADER:]
    if len(data) < _HEADER or not header.startswith(_TAG + b"\0"):
        return None
    check = int.from_bytes(header[-40:-32], "little")  # 0 if an earlier version wrote it
    found_dim, size, number, mark = np.frombuffer(header[-32:], "<i8").tolist()
    if (found_dim, size) != (dim, len(data)) or check not in {0, checksum(content)}:
        return None
    return Position(number, mark)


def load_graph(path: Path, dim: int, *, view: bool = True) -> Graph | None:
    """Map the graph at `path`, or read it to be changed, if it is sound.

    None if there is none, or none of such vectors. Raises MissingExtraError.
    """
    if not view and sound_position(path, dim) is None:
        return None
    try:
        data = np.memmap(path, np.uint8, "r")
    except (OSError, ValueError):
        return None
    header = data[:_HEADER].tobytes()
    if len(data) < _HEADER or not header.startswith(_TAG + b"\0"):
        return None
    found_dim, size, number, mark = np.frombuffer(header[-32:], "<i8").tolist()
    if (found_dim, size) != (dim, len(data)):
        return None
    index = _new(dim, lookups=not view)
    content = data[_HEADER:]
    (index.view if view else index.load)(content)
    return Graph(index, Position(number, mark), size, content)


def save_graph(
    path: Path,
    dim: int,
    position: Position,
    batches: Iterable[Batch],
    *,
    base: Graph | None = None,
    without: NDArray[np.int64] | None = None,
) -> None:
    """Write a graph of vectors, or a copy of one without some rows and with further ones.

    Others see all of it or nothing. Raises MissingExtraError.
    """
    index = _new(dim) if base is None else base.index
    if without is not None and len(without):
        index.remove(without.astype(np.uint64))
    for rows, vectors in batches:
        threads = 1 if len(index) < _ALONE else 0
        index.add(rows.astype(np.uint64), vectors, threads=threads)
    content = index.save()
    check = checksum(np.frombuffer(content, np.uint8)).to_bytes(8, "little")
    numbers = [dim, _HEADER + len(content), position.number, position.mark]
    path.parent.mkdir(exist_ok=True)
    with replacing(path) as file:
        file.write(_TAG.ljust(_HEADER - 40, b"\0") + check + np.array(numbers, "<i8").tobytes())
        file.write(content)


def _new(dim: int, *, lookups: bool = True) -> Any:
    usearch = import_extra("usearch.index", "an approximate index", "ann")
    return usearch.Index(ndim=dim, metric="ip", dtype="i8", enable_key_lookups=lookups)
