"""Encode what was read and commit it, in pieces of about a second of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter

from visavis.encoders import Encoder
from visavis.indexing.encoding import encode
from visavis.indexing.reading import Reading
from visavis.stores import Record, RegionStore, VectorStore, unsupported
from visavis.videos import split_moment

SECONDS = 1.0
FIRST_BATCH = 8


class Writer:
    """Collects readings and, when there are enough or time is up, encodes and commits them.

    Only content that the store lacks goes through the model: `encoded` items so far, of which
    `added` are new, the further frames of videos left out; others were known without the
    `regions` asked for. `known` are the ids of all items that the store had already. A commit
    holds no more than about a second of encoding and a second of reading, so a kill costs no
    more than that.
    """

    def __init__(
        self, store: VectorStore, encoder: Encoder, batch: int, *, regions: bool = False
    ) -> None:
        self._store, self._encoder, self._batch, self._regions = store, encoder, batch, regions
        # How fast the model is shows only after the first batch.
        self._enough = min(batch, FIRST_BATCH)
        self._waiting: list[Reading] = []
        self._last = perf_counter()
        self.encoded = self.added = 0
        self.known: set[str] = set()

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
        readings = {reading.item.id: reading for reading in self._waiting}
        known = self._store.encoded(list(readings))
        complete = complete_items(self._store, list(readings), regions=self._regions)
        new = [reading for name, reading in readings.items() if name not in complete]
        records = {record.item.id: record for record in self._encode_timed(new)}
        self._store.upsert(_record(r, records.get(r.item.id)) for r in self._waiting)
        self.encoded += len(new)
        added = (reading.item.source for reading in new if reading.item.id not in known)
        self.added += sum(split_moment(source)[1] is None for source in added)
        self.known |= known
        self._waiting = []
        self._last = perf_counter()

    def _encode_timed(self, readings: Sequence[Reading]) -> list[Record]:
        if not readings:
            return []
        start = perf_counter()
        records = encode(self._encoder, readings, regions=self._regions)
        rate = len(readings) / (perf_counter() - start)
        self._enough = max(1, min(self._batch, int(rate * SECONDS)))
        return records


def complete_items(store: VectorStore, ids: Sequence[str], *, regions: bool) -> set[str]:
    """Return those of the ids whose items have a vector, and regions if asked for."""
    if not regions:
        return store.encoded(ids)
    if not isinstance(store, RegionStore):
        raise unsupported(store, "keeps no regions")
    return store.encoded(ids) & store.with_regions(ids)


def _record(reading: Reading, encoded: Record | None) -> Record:
    if encoded:
        return replace(encoded, item=reading.item, stamp=reading.stamp)
    return Record(reading.item, None, reading.stamp)
