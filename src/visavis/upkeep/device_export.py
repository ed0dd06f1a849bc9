"""Write a collection into one file for a browser or a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TypeAlias, get_args

import numpy as np

from visavis.datasets import Skipped
from visavis.errors import CollectionError, ImageError, reason
from visavis.files import replacing
from visavis.images import open_image, thumbnail_jpeg
from visavis.stores import Record, VectorStore
from visavis.types import Item, Modality
from visavis.upkeep.device_file import MAGIC, PRECISIONS, DeviceFile
from visavis.upkeep.exporting import refuse_own_file
from visavis.upkeep.pages import pages

Progress: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """Outcome of an export for a device.

    `items` were written, `copies` are further places of these, `missing` have vanished, `regions`
    were left out. `skipped` names what is damaged, and images without the thumbnail asked for.
    """

    items: int
    bytes: int
    thumbnail_bytes: int
    copies: int
    missing: int
    regions: int
    skipped: tuple[Skipped, ...]
    changing: bool
    seconds: float


def export_for_device(
    store: VectorStore,
    file: str | Path,
    *,
    vectors: str = "float16",
    thumbnails: int | None = None,
    progress: Progress | None = None,
) -> DeviceReport:
    """Write what a search on a device needs: one row an item, without the images themselves.

    Each item has its first source that is there. `vectors` are float16, or int8 with a scale for
    each; `thumbnails` is the longer side of JPEGs to take along. The moments of the vectors go
    with them, so that composed queries score as here. The file is not encrypted.

    The file appears when it is complete. Raises CollectionError for another precision, a side
    below 16, the collection's own file, one of another kind that is there, and if the file cannot
    be written.
    """
    if vectors not in PRECISIONS:
        raise CollectionError(f"vectors {vectors!r}: known are {', '.join(PRECISIONS)}")
    if thumbnails is not None and thumbnails < SMALLEST:
        raise CollectionError(f"thumbnails {thumbnails}: a side has at least {SMALLEST} pixels")
    refuse_own_file(file, store.location)
    _refuse_other_files(Path(file))
    start, generation, path = perf_counter(), store.generation, Path(file)
    run = _Run(store, thumbnails, progress or (lambda *_: None))
    try:
        with replacing(path) as target:
            run.write(DeviceFile(target, store.model_id, store.dim, vectors))
        size = path.stat().st_size
    except OSError as error:
        raise CollectionError(f"{file}: {reason(error)}") from error
    return DeviceReport(
        items=len(run.written),
        bytes=size,
        thumbnail_bytes=run.thumbnail_bytes,
        copies=run.copies,
        missing=run.missing,
        regions=run.regions,
        skipped=tuple(run.skipped),
        changing=store.generation != generation,
        seconds=perf_counter() - start,
    )


SMALLEST = 16


def _refuse_other_files(path: Path) -> None:
    """Raise CollectionError if a file is there that is not for a device, such as a photograph."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        begin = file.read(len(MAGIC))
    if begin not in {b"", MAGIC}:
        raise CollectionError(f"{path}: there is a file already, of another kind; name another")


class _Run:
    """One export: what was written, and what was left out."""

    def __init__(self, store: VectorStore, side: int | None, progress: Progress) -> None:
        self._store, self._side, self._progress = store, side, progress
        self.written: set[str] = set()
        self.copies = self.missing = self.regions = self.thumbnail_bytes = 0
        self.skipped: list[Skipped] = []

    def write(self, file: DeviceFile) -> None:
        for records in self._blocks():
            items = [record.item for record in records]
            jpegs = [self._thumbnail(item) for item in items]
            self.thumbnail_bytes += sum(map(len, jpegs))
            file.items(
                items, np.stack([each.vector for each in records if each.vector is not None]), jpegs
            )
        modality: Modality
        for modality in get_args(Modality):
            moments = self._store.moments(modality)
            if moments.count:
                file.moments(modality, moments)
        file.end()

    def _blocks(self) -> Iterator[Sequence[Record]]:
        """Yield the records to write, some at a time."""
        done, found = 0, self._store.stats().sources
        for page in pages(self._store):
            self.skipped += page.damaged
            there = [each for each in page.records if not page.states[each.item.source].missing]
            self.missing += len(page.records) - len(there)
            block = [
                each for each in sorted(there, key=lambda it: it.item.source) if self._is_new(each)
            ]
            done += len(page.states)
            self._progress(done, max(done, found))
            if block:
                yield block

    def _is_new(self, record: Record) -> bool:
        if record.vector is None:
            self.skipped.append(Skipped(record.item.source, "its item has no vector"))
            return False
        if record.item.id in self.written:
            self.copies += 1
            return False
        self.written.add(record.item.id)
        self.regions += len(record.regions)
        return True

    def _thumbnail(self, item: Item) -> bytes:
        if self._side is None or item.modality != "image":
            return b""
        try:
            return thumbnail_jpeg(open_image(Path(item.source), size=self._side), self._side)
        except ImageError as error:
            self.skipped.append(Skipped(item.source, f"its thumbnail cannot be made: {error}"))
            return b""
