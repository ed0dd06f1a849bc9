"""Encode what was read and commit it, in pieces of about a second of work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

from visavis.indexing.reading import Reading
from visavis.stores import Record, Region, VectorStore
from visavis.types import Box, Vectors

SECONDS = 1.0
FIRST_BATCH = 8


class Writer:
    """Collects readings and, when there are enough or time is up, encodes and commits them.

    Only content that is new goes through the model: `known` are the ids of what is not, and
    grows. A commit holds no more than about a second of encoding and a second of reading, so
    a kill costs no more than that. With `boxes` the vectors of an image are (1 + windows, dim),
    the whole first, and the rest become its regions; `boxes` says where they lie in an image
    of some width and height.
    """

    def __init__(
        self,
        store: VectorStore,
        encode: Callable[[list[Any]], Vectors],
        known: set[str],
        batch: int,
        boxes: Callable[[tuple[int, int]], Sequence[Box]] | None = None,
    ) -> None:
        self._store, self._encode, self._known, self._batch = store, encode, known, batch
        self._boxes = boxes
        # How fast the model is shows only after the first batch.
        self._enough = min(batch, FIRST_BATCH)
        self._waiting: list[Reading] = []
        self._last = perf_counter()
        self.encoded = 0

    def add(self, reading: Reading) -> bool:
        """Take a reading; return whether that led to a commit."""
        self._waiting.append(reading)
        if len(self._waiting) < self._enough and perf_counter() - self._last < SECONDS:
            return False
        self.commit()
        return True

    def commit(self) -> None:
        """Encode and store what waits."""
        if not self._waiting:
            return
        new = {r.item.id: r.content for r in self._waiting if r.item.id not in self._known}
        vectors = dict(zip(new, self._encode_timed(list(new.values())), strict=True))
        self._store.upsert(self._record(r, vectors.get(r.item.id)) for r in self._waiting)
        self._known.update(new)
        self.encoded += len(new)
        self._waiting = []
        self._last = perf_counter()

    def _record(self, reading: Reading, vectors: Vectors | None) -> Record:
        if vectors is None or not self._boxes:
            return Record(reading.item, vectors, reading.stamp)
        size = reading.item.metadata["width"], reading.item.metadata["height"]
        regions = [Region(box, v) for box, v in zip(self._boxes(size), vectors[1:], strict=True)]
        return Record(reading.item, vectors[0], reading.stamp, regions)

    def _encode_timed(self, contents: list[Any]) -> Vectors | list[Any]:
        if not contents:
            return []
        start = perf_counter()
        vectors = self._encode(contents)
        rate = len(contents) / (perf_counter() - start)
        self._enough = max(1, min(self._batch, int(rate * SECONDS)))
        return vectors
