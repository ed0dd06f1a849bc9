"""Move a collection to another model: the same items with new vectors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from visavis.datasets import Skipped
from visavis.encoders import Encoder
from visavis.errors import reason
from visavis.indexing.reading import ImageFile, Reading, read_ahead, stamp_of
from visavis.indexing.report import Progress
from visavis.stores import Move, Record, Region, VectorStore
from visavis.types import Item, Vectors

IMAGE_BATCH = 16
TEXT_BATCH = 256
_CHANGED = "its content has changed since it was indexed"
_NO_FILE = "no file to read it from again"


@dataclass(frozen=True, slots=True)
class MoveReport:
    """What came of a move, counted in items.

    `encoded` went through the new model in this run, `resumed` in an earlier one that was
    stopped. `lost` could be found before and cannot be read any more; `missing` were not to
    be found before either.
    """

    encoded: int
    resumed: int
    lost: tuple[Skipped, ...]
    missing: int
    seconds: float


def reencode(
    store: VectorStore,
    encoder: Encoder,
    *,
    progress: Callable[[Progress], None] | None = None,
    threads: int | None = None,
) -> MoveReport:
    """Give all items of a collection the vectors of another model, and then switch to it.

    Ids, sources and metadata stay; images that had regions get those of the new model. The
    old vectors are searched until the switch, which is one transaction. A move that was stopped
    or killed goes on where it was. An image of which no file is left, or none with the content
    it had, keeps its metadata, but its sources are marked as missing; it comes back when `index`
    finds it. The store must be opened again afterwards. Raises CollectionError.
    """
    run = _Run(store, encoder, progress or (lambda _: None), threads or os.cpu_count() or 1)
    if (encoder.id, encoder.dim) != (store.model_id, store.dim):
        run.move_all()
    return run.report()


class _Run:
    """One run, which looks for items until none is left that can be encoded."""

    def __init__(
        self,
        store: VectorStore,
        encoder: Encoder,
        progress: Callable[[Progress], None],
        threads: int,
    ) -> None:
        self._start = perf_counter()
        self._store, self._encoder, self._threads = store, encoder, threads
        self._progress = progress
        self._found = self._encoded = self._resumed = 0
        self._problems: dict[str, Skipped] = {}
        self._hidden: set[str] = set()

    def move_all(self) -> None:
        """Encode what lacks a new vector, until nothing was added meanwhile; then switch."""
        move = self._store.move(self._encoder.id, self._encoder.dim)
        self._resumed = len(move.done())
        while True:
            self._encode_left(move)
            if move.finish(self._problems.keys()):
                return

    def _encode_left(self, move: Move) -> None:
        known = self._store.sources()
        places: dict[str, list[str]] = {}
        for source, state in sorted(known.items(), key=lambda each: (each[1].missing, each[0])):
            places.setdefault(state.id, []).append(source)
        self._hidden = {
            name
            for name, sources in places.items()
            if all(known[source].missing for source in sources)
        }
        self._found = len(places)
        left = sorted(places.keys() - move.done() - self._problems.keys())
        items = self._store.get(left)
        self._encode_texts(move, [item for item in items if item.modality == "text"])
        self._encode_images(move, {i.id: places[i.id] for i in items if i.modality == "image"})

    def _encode_texts(self, move: Move, items: Sequence[Item]) -> None:
        for batch in _batches(items, TEXT_BATCH):
            vectors = self._encoder.encode_texts([item.text or "" for item in batch])
            move.put(Record(item, row) for item, row in zip(batch, vectors, strict=True))
            self._encoded += len(batch)
            self._tell()

    def _encode_images(self, move: Move, places: dict[str, list[str]]) -> None:
        """Encode images from the first of their sources, then those that failed from the next."""
        with_regions = self._store.with_regions()
        while places:
            files = {name: sources.pop(0) for name, sources in places.items()}
            for readings in _batches(self._read(files), IMAGE_BATCH):
                self._put_images(move, readings, with_regions)
            failed = {name: sources for name, sources in places.items() if name in self._problems}
            places = {name: sources for name, sources in failed.items() if sources}
            for name in places:
                del self._problems[name]

    def _read(self, files: dict[str, str]) -> Iterator[Reading]:
        """Yield the images that are still what they were; the others are problems."""
        stamped = []
        for name, source in files.items():
            try:
                stamped.append((name, ImageFile(source, stamp_of(source), {})))
            except (OSError, ValueError) as error:
                why = reason(error) if isinstance(error, OSError) else _NO_FILE
                self._problems[name] = Skipped(source, why)
        ahead = 2 * IMAGE_BATCH + self._threads
        paths = [file for _, file in stamped]
        with closing(read_ahead(paths, self._encoder, self._threads, ahead)) as outcomes:
            for (name, file), outcome in zip(stamped, outcomes, strict=True):
                if isinstance(outcome, Skipped):
                    self._problems[name] = outcome
                elif outcome.item.id != name:
                    self._problems[name] = Skipped(file.path, _CHANGED)
                else:
                    yield outcome

    def _put_images(self, move: Move, readings: list[Reading], with_regions: set[str]) -> None:
        whole = [reading for reading in readings if reading.item.id not in with_regions]
        parted = [reading for reading in readings if reading.item.id in with_regions]
        records = [
            Record(reading.item, vector)
            for reading, vector in zip(whole, self._vectors(whole), strict=True)
        ]
        if parted:
            rows = self._encoder.encode_windows(_contents(parted))
            records += [self._with_regions(r, row) for r, row in zip(parted, rows, strict=True)]
        move.put(records)
        self._encoded += len(records)
        self._tell()

    def _vectors(self, readings: list[Reading]) -> Vectors | list[Vectors]:
        return self._encoder.encode_images(_contents(readings)) if readings else []

    def _with_regions(self, reading: Reading, vectors: Vectors) -> Record:
        size = reading.item.metadata["width"], reading.item.metadata["height"]
        boxes = self._encoder.window_boxes(size)
        regions = [Region(box, row) for box, row in zip(boxes, vectors[1:], strict=True)]
        return Record(reading.item, vectors[0], None, regions)

    def report(self) -> MoveReport:
        """Return what came of the run."""
        lost = {name: each for name, each in self._problems.items() if name not in self._hidden}
        return MoveReport(
            encoded=self._encoded,
            resumed=self._resumed,
            lost=tuple(lost.values()),
            missing=len(self._problems) - len(lost),
            seconds=perf_counter() - self._start,
        )

    def _tell(self) -> None:
        self._progress(
            Progress(
                found=self._found,
                done=self._resumed + self._encoded + len(self._problems),
                skipped=len(self._problems),
                encoded=self._encoded,
                seconds=perf_counter() - self._start,
            )
        )


def _contents(readings: Sequence[Reading]) -> list[Any]:
    return [reading.content for reading in readings]


def _batches(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    batch = []
    for value in values:
        batch.append(value)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
