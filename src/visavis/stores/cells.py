"""Vectors in eight bits, those of a cell together, in a file that is mapped, not read.

    header        what the index is of, 128 bytes
    centroids     float32 (cells, dim)
    starts        int64 (cells + 1,): the first vector of each cell, and the number of all
    records       for each vector the row of its item, and the vector in eight bits

A search reads the centroids and the few cells that are nearest to the query. Each is one stretch of
the file, so that one search by a new process waits for little, even if nothing is in memory.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from math import ceil, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis.files import replacing
from visavis.stores.changes import Position
from visavis.stores.checksum import checksum
from visavis.stores.partition import Codes, Partition, cells_for, code_of
from visavis.types import Vectors

CANDIDATES = 100
"""Candidates that are scored, at least."""
_PROBED = 48
"""Cells that are read for so many candidates; for others, in proportion to the square root."""
_OUTGROWN = 2
"""An index is divided anew where as many times more or fewer cells would be right."""

_TAG = b"visavis cells 1"
_INTEGERS = ("cells", "vectors", "dim", "number", "mark")
_HEADER = np.dtype(
    [("tag", "S72"), ("check", "<u8"), ("scale", "<f8"), *((name, "<i8") for name in _INTEGERS)]
)

_NONE = np.empty(0, np.int64)

Batch = tuple[NDArray[np.int64], Vectors]
"""Rows of items (n,) and their vectors (n, dim)."""
Records = NDArray[np.void]
"""Structures of a `row` and a `code` (dim,)."""
Products = Callable[[Codes, Codes], Vectors]
"""Multiplies a query (dim,) and codes (n, dim) to products (n,)."""


@dataclass(slots=True)
class Cells:
    """The vectors of a modality by cell, and the position up to which changes are known."""

    partition: Partition
    starts: NDArray[np.int64]
    records: Records
    position: Position
    file: mmap.mmap | None = None
    _is_first: bool = True

    def __len__(self) -> int:
        return len(self.records)

    @property
    def bytes(self) -> int:
        """The size of the file."""
        return _HEADER.itemsize + sum(each.nbytes for each in self._arrays())

    @property
    def is_outgrown(self) -> bool:
        """Whether so many vectors need another number of cells by now."""
        there, wanted = len(self.starts) - 1, cells_for(len(self))
        return not wanted / _OUTGROWN <= there <= wanted * _OUTGROWN

    def candidates(self, query: Vectors, count: int) -> NDArray[np.int64]:
        """Return the rows of about the nearest items to a query (dim,), `count` at most."""
        probed = ceil(_PROBED * sqrt(max(1.0, count / CANDIDATES)))
        near = self.partition.near(query, probed)
        ends = zip(self.starts[near].tolist(), self.starts[near + 1].tolist(), strict=True)
        stretches = [(start, end) for start, end in ends if start < end]
        if not stretches:
            return _NONE
        # A process that searches once waits for the disk, not for the processor: to import
        # numkong takes longer than it saves.
        multiply = _by_numpy if self._is_first else _fastest()
        if self._is_first:
            self._read_ahead(stretches)
        self._is_first = False
        code, codes = code_of(query), self.records["code"]
        scores = np.concatenate([multiply(code, codes[start:end]) for start, end in stretches])
        numbers = np.concatenate([np.arange(start, end) for start, end in stretches])
        if count < len(scores):
            numbers = numbers[np.argpartition(-scores, count)[:count]]
        rows: NDArray[np.int64] = self.records["row"][numbers].astype(np.int64)
        return rows

    def save(self, path: Path) -> None:
        """Write the file; others see all of it or nothing."""
        cells, dim = self.partition.centroids.shape
        numbers = (cells, len(self), dim, self.position.number, self.position.mark)
        header = np.array([(_TAG, 0, self.partition.scale, *numbers)], _HEADER)
        header["check"] = self._check(header)
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as file:
            file.write(header.tobytes())
            for each in self._arrays():
                file.write(each.data)

    def is_sound(self) -> bool:
        """Read all of the file; tell whether it is what was written."""
        if self.file is None:
            return False
        header = np.frombuffer(self.file, _HEADER, 1).copy()
        check, header["check"] = int(header["check"][0]), 0
        return check == self._check(header)

    def _check(self, header: NDArray[np.void]) -> int:
        return checksum(header, *self._arrays())

    def _arrays(self) -> tuple[Vectors, NDArray[np.int64], Records]:
        return self.partition.centroids, self.starts, self.records

    def _read_ahead(self, stretches: list[tuple[int, int]]) -> None:
        """Ask for all stretches at once, where the system can: each would be waited for."""
        if self.file is None or not hasattr(mmap, "MADV_WILLNEED"):
            return
        size, offset = self.records.itemsize, self.bytes - self.records.nbytes
        for start, end in stretches:
            first = offset + start * size
            first -= first % mmap.PAGESIZE
            self.file.madvise(mmap.MADV_WILLNEED, first, offset + end * size - first)


def gather(
    partition: Partition,
    position: Position,
    batches: Iterable[Batch],
    *,
    base: Cells | None = None,
    without: NDArray[np.int64] = _NONE,
) -> Cells:
    """Put vectors into their cells, with those of another index of the same cells.

    `without` has rows that are left out of the other one.
    """
    count, dim = partition.centroids.shape
    parts, numbers = [np.empty(0, _record(dim))], [np.empty(0, np.int64)]
    if base is not None:
        kept = np.isin(base.records["row"], without, invert=True)
        parts.append(base.records[kept])
        numbers.append(np.repeat(np.arange(count), np.diff(base.starts))[kept])
    for rows, vectors in batches:
        records = np.empty(len(rows), _record(dim))
        records["row"], records["code"] = rows, partition.codes_of(vectors)
        parts.append(records)
        numbers.append(partition.cells_of(vectors))
    cells, records = np.concatenate(numbers), np.concatenate(parts)
    del parts, numbers  # not to hold them three times
    order = np.argsort(cells, kind="stable")
    starts = np.searchsorted(cells[order], np.arange(count + 1))
    return Cells(partition, starts, records[order], position)


def load_cells(path: Path, dim: int) -> Cells | None:
    """Map the index at `path`; None if there is none, or none of such vectors."""
    try:
        with path.open("rb") as opened:
            file = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # an empty file cannot be mapped
        return None
    if len(file) < _HEADER.itemsize:
        return None
    header = np.frombuffer(file, _HEADER, 1)[0]
    if header["tag"] != _TAG or header["dim"] != dim:
        return None
    cells, vectors = int(header["cells"]), int(header["vectors"])
    kinds = (
        (np.dtype(("<f4", (dim,))), cells),
        (np.dtype("<i8"), cells + 1),
        (_record(dim), vectors),
    )
    offsets = np.cumsum([_HEADER.itemsize, *(kind.itemsize * count for kind, count in kinds)])
    if min(cells, vectors) < 0 or offsets[-1] != len(file):
        return None
    centroids, starts, records = (
        np.frombuffer(file, kind, count, offset)
        for (kind, count), offset in zip(kinds, offsets.tolist(), strict=False)
    )
    position = Position(int(header["number"]), int(header["mark"]))
    partition = Partition(centroids, float(header["scale"]))
    return Cells(partition, starts, records, position, file)


def _record(dim: int) -> np.dtype[np.void]:
    return np.dtype([("row", "<i8"), ("code", "i1", (dim,))])


def _by_numpy(query: Codes, codes: Codes) -> Vectors:
    products: Vectors = codes.astype(np.float32) @ query.astype(np.float32)
    return products


@cache
def _fastest() -> Products:
    """Return the products of numkong, which needs a third of numpy's time, if it is there."""
    try:
        import numkong
    except ImportError:
        return _by_numpy

    def by_numkong(query: Codes, codes: Codes) -> Vectors:
        found = numkong.cdist(query[np.newaxis], codes, "dot", out_dtype="float32")
        products: Vectors = np.asarray(found)[0]
        return products

    return by_numkong
