"""Migrate a collection to another model: the same items with new vectors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from time import perf_counter
from typing import TypeVar

from visavis.datasets import Skipped
from visavis.encoders import Encoder
from visavis.errors import reason
from visavis.indexing.encoding import encode
from visavis.indexing.reading import ImageFile, Reading, stamp_of
from visavis.indexing.reading_videos import read_any
from visavis.indexing.report import IndexProgress
from visavis.stores import (
    MigratableStore,
    Migration,
    Record,
    RegionStore,
    SourceState,
    VectorStore,
    unsupported,
)
from visavis.threads import map_ahead
from visavis.types import Item

T = TypeVar("T")

IMAGE_BATCH = 16
TEXT_BATCH = 256
_PAGE = 4096
_CHANGED = "its content has changed since it was indexed"
_NO_FILE = "no file to read it from again"


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """Outcome of a migration, counted in items.

    `encoded` went through the new model in this run, `resumed` in an earlier one that was
    stopped. `lost` could be found before and cannot be read any more; `missing` could not be
    found before either.
    """

    encoded: int
    resumed: int
    lost: tuple[Skipped, ...]
    missing: int
    seconds: float


def migrate(
    store: VectorStore,
    encoder: Encoder,
    *,
    progress: Callable[[IndexProgress], None] | None = None,
    threads: int | None = None,
) -> MigrationReport:
    """Give all items of a collection the vectors of another model, then switch to it.

    Ids, sources and metadata stay; images that had regions get those of the new model. Searches
    see the old vectors until the switch, which is one transaction; open the store again
    afterwards. If stopped or killed, call again to resume.

    An image without a readable file that has the content it had keeps its metadata, but its
    sources are marked as missing; it comes back when `index` finds it. Raises CollectionError,
    also if the store cannot migrate.
    """
    if not isinstance(store, MigratableStore):
        raise unsupported(store, "cannot migrate to another model; index into a new collection")
    run = _Run(store, encoder, progress or (lambda _: None), threads or os.cpu_count() or 1)
    if (encoder.id, encoder.dim) != (store.model_id, store.dim):
        run.migrate(store.migrate(encoder.id, encoder.dim))
    return run.report()


class _Run:
    """One run, which looks for items until none is left that can be encoded."""

    def __init__(
        self,
        store: VectorStore,
        encoder: Encoder,
        progress: Callable[[IndexProgress], None],
        threads: int,
    ) -> None:
        self._start = perf_counter()
        self._store, self._encoder, self._threads = store, encoder, threads
        self._progress = progress
        self._found = self._encoded = self._resumed = 0
        self._skipped: dict[str, Skipped] = {}
        self._missing: set[str] = set()

    def migrate(self, migration: Migration) -> None:
        """Encode what lacks a new vector, until nothing was added meanwhile; then switch."""
        self._resumed, _ = migration.counts()
        while True:
            _, self._found = migration.counts()
            page = migration.left(limit=_PAGE)
            while page:
                self._encode_page(migration, page)
                page = migration.left(after=next(reversed(page)), limit=_PAGE)
            if migration.finish(self._skipped.keys()):
                return

    def _encode_page(self, migration: Migration, page: dict[str, dict[str, SourceState]]) -> None:
        self._missing |= {
            name for name, states in page.items() if all(s.missing for s in states.values())
        }
        items = self._store.get([name for name in page if name not in self._skipped])
        self._encode_texts(migration, [item for item in items if item.modality == "text"])
        images = [item.id for item in items if item.modality == "image"]
        self._encode_images(migration, {name: list(page[name]) for name in images})

    def _encode_texts(self, migration: Migration, items: Sequence[Item]) -> None:
        for batch in _batches(items, TEXT_BATCH):
            readings = [Reading(item, None, item.text or "") for item in batch]
            self._put(migration, encode(self._encoder, readings, regions=False))

    def _encode_images(self, migration: Migration, sources: dict[str, list[str]]) -> None:
        """Encode images from the first of their sources, then those that failed from the next."""
        with_regions = (
            self._store.with_regions(list(sources))
            if isinstance(self._store, RegionStore)
            else set()
        )
        while sources:
            files = {name: paths.pop(0) for name, paths in sources.items()}
            for readings in _batches(self._read(files), IMAGE_BATCH):
                full = [each for each in readings if each.item.id not in with_regions]
                others = [each for each in readings if each.item.id in with_regions]
                records = encode(self._encoder, full, regions=False)
                self._put(migration, records + encode(self._encoder, others, regions=True))
            failed = {name: paths for name, paths in sources.items() if name in self._skipped}
            sources = {name: paths for name, paths in failed.items() if paths}
            for name in sources:
                del self._skipped[name]

    def _read(self, files: dict[str, str]) -> Iterator[Reading]:
        """Yield the images that are still what they were; the others are problems."""
        stamped = []
        for name, source in files.items():
            try:
                stamped.append((name, ImageFile(source, stamp_of(source), {})))
            except (OSError, ValueError) as error:
                why = reason(error) if isinstance(error, OSError) else _NO_FILE
                self._skipped[name] = Skipped(source, why)
        ahead = 2 * IMAGE_BATCH + self._threads
        paths = [file for _, file in stamped]
        work = partial(read_any, encoder=self._encoder)
        with closing(map_ahead(work, paths, threads=self._threads, ahead=ahead)) as outcomes:
            for (name, file), outcome in zip(stamped, outcomes, strict=True):
                if isinstance(outcome, Skipped):
                    self._skipped[name] = outcome
                elif outcome.item.id != name:
                    self._skipped[name] = Skipped(file.path, _CHANGED)
                else:
                    yield outcome

    def _put(self, migration: Migration, records: Sequence[Record]) -> None:
        migration.put(records)
        self._encoded += len(records)
        self._progress(
            IndexProgress(
                found=self._found,
                done=self._resumed + self._encoded + len(self._skipped),
                skipped=len(self._skipped),
                encoded=self._encoded,
                seconds=perf_counter() - self._start,
            )
        )

    def report(self) -> MigrationReport:
        """Return what came of the run."""
        lost = {name: each for name, each in self._skipped.items() if name not in self._missing}
        return MigrationReport(
            encoded=self._encoded,
            resumed=self._resumed,
            lost=tuple(lost.values()),
            missing=len(self._skipped) - len(lost),
            seconds=perf_counter() - self._start,
        )


def _batches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch
