"""Encode what was read and commit it, in pieces of about a second of work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from time import perf_counter

from visavis.encoders import Encoder
from visavis.indexing.encoding import encode
from visavis.indexing.finding import DATASET, is_embedded, is_gone
from visavis.indexing.reading import Reading, file_names
from visavis.stores import Record, RegionStore, VectorStore, unsupported
from visavis.types import Item
from visavis.videos import split_moment

SECONDS = 1.0
FIRST_BATCH = 8


class Writer:
    """Collects readings and, when there are enough or time is up, encodes and commits them.

    Only content that the store lacks goes through the model: `encoded` items so far, of which
    `added` are new, the further frames of videos left out; others were known without the
    `regions` asked for, or have `lost` their vectors. `known` are the ids of all items that the
    store had already. `texts` counts the texts in image files, which are committed with their
    image. A commit holds no more than about a second of encoding and a second of reading, so a
    kill costs no more than that.
    """

    def __init__(
        self,
        store: VectorStore,
        encoder: Encoder,
        batch: int,
        *,
        regions: bool = False,
        lost: Collection[str] = (),
    ) -> None:
        self._store, self._encoder, self._batch, self._regions = store, encoder, batch, regions
        self._lost = lost
        # How fast the model is shows only after the first batch.
        self._enough = min(batch, FIRST_BATCH)
        self._waiting: list[Reading] = []
        self._last = perf_counter()
        self.encoded = self.added = self.texts = 0
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
        waiting, self._waiting = self._waiting, []
        readings = {reading.item.id: reading for reading in waiting}
        known = self._store.encoded(list(readings))
        complete = complete_items(self._store, list(readings), regions=self._regions)
        new = [r for name, r in readings.items() if name not in complete and r.content is not None]
        records = {record.item.id: record for record in self._encode_timed(new)}
        # Another program may have removed an item whose metadata alone were read.
        kept = self._with_columns(
            [each for each in waiting if each.item.id in known or each.item.id in records]
        )
        self._forget_texts(kept)
        texts = self._encode_texts([text for reading in kept for text in reading.texts])
        images = [_record(reading, records.get(reading.item.id)) for reading in kept]
        self._store.upsert(images + texts)
        self.encoded += len(new)
        old = known.union(self._lost)
        added = (reading.item.source for reading in new if reading.item.id not in old)
        self.added += sum(split_moment(source)[1] is None for source in added)
        self.texts += len(texts)
        self.known |= known
        self._last = perf_counter()

    def _with_columns(self, readings: Sequence[Reading]) -> list[Reading]:
        """Add what a dataset has said of images to those that were found in a folder now."""
        plain = [reading.item for reading in readings if _is_plain(reading.item)]
        states = self._store.states([item.source for item in plain])
        known = {item.id for item in plain} | {state.id for state in states.values()}
        items = [item for item in self._store.get(list(known)) if not _is_plain(item)]
        by_source = {item.source: item for item in items}
        elsewhere = [item for item in items if item.source not in states]
        moved = {item.id: item for item in elsewhere if is_gone(item.source)}
        return [
            _add_columns(each, by_source.get(each.item.source) or moved.get(each.item.id))
            for each in readings
        ]

    def _encode_texts(self, items: Sequence[Item]) -> list[Record]:
        """Return records of texts, with vectors for those that the store lacks."""
        known = self._store.encoded(list({item.id for item in items}))
        new = {item.id: item for item in items if item.id not in known}
        readings = [Reading(item, None, item.text or "") for item in new.values()]
        vectors = {r.item.id: r.vector for r in encode(self._encoder, readings, regions=False)}
        self.known |= known
        return [Record(item, vectors.get(item.id)) for item in items]

    def _forget_texts(self, readings: Sequence[Reading]) -> None:
        """Remove texts that are no longer in the files of images known before."""
        known = self._store.states([reading.item.source for reading in readings])
        before = {text for source in known for text in embedded_sources(self._store, source)}
        gone = before - {text.source for reading in readings for text in reading.texts}
        if gone:
            self._store.forget(sorted(gone))

    def _encode_timed(self, readings: Sequence[Reading]) -> list[Record]:
        if not readings:
            return []
        start = perf_counter()
        records = encode(self._encoder, readings, regions=self._regions)
        rate = len(readings) / (perf_counter() - start)
        self._enough = max(1, min(self._batch, int(rate * SECONDS)))
        return records


def embedded_sources(store: VectorStore, image: str) -> list[str]:
    """Return the sources of the texts in an image file that the store knows."""
    return [source for source, _ in store.iter_sources(f"{image}#") if is_embedded(source)]


def complete_items(store: VectorStore, ids: Sequence[str], *, regions: bool) -> set[str]:
    """Return those of the ids whose items have a vector, and regions if asked for."""
    if not regions:
        return store.encoded(ids)
    if not isinstance(store, RegionStore):
        raise unsupported(store, "keeps no regions")
    return store.encoded(ids) & store.with_regions(ids)


def _is_plain(item: Item) -> bool:
    """Tell whether an item is an image of which no dataset says anything."""
    return item.modality == "image" and DATASET not in item.metadata


def _add_columns(reading: Reading, before: Item | None) -> Reading:
    """Keep what a dataset has said of an image, beside what its file says now."""
    now = reading.item
    if before is None or not _is_plain(now):
        return reading
    said = before.metadata
    columns = {
        key: said[key]
        for key, own in file_names(before.source).items()
        if said.get(key, own) != own
    }
    return replace(reading, item=replace(now, metadata={**said, **now.metadata, **columns}))


def _record(reading: Reading, encoded: Record | None) -> Record:
    if encoded:
        return replace(encoded, item=reading.item, stamp=reading.stamp)
    return Record(reading.item, None, reading.stamp)
