"""Bring a collection up to date with folders, files and datasets."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from time import perf_counter

from visavis.collection import Collection
from visavis.datasets import Skipped
from visavis.errors import reason
from visavis.indexing.finding import Findings, find
from visavis.indexing.reading import ImageFile, Reading, read_ahead, stamp_of
from visavis.indexing.report import IndexReport, Progress
from visavis.indexing.writing import Writer

IMAGE_BATCH = 32
TEXT_BATCH = 512


def index(
    collection: Collection,
    sources: Iterable[str | Path] | Findings,
    *,
    progress: Callable[[Progress], None] | None = None,
    threads: int | None = None,
    regions: bool = False,
) -> IndexReport:
    """Add what is new in `sources`, follow what was renamed, mark what has vanished.

    Sources are folders, image files, text files with one text a line, and datasets named as
    `reader:path`, or what `find` made of them. A file whose size and time of change are known
    is not read; one whose content is known is not encoded. What cannot be read is skipped and
    reported. Everything is committed within about two seconds, so that a run that is stopped
    or killed loses little, and the next one resumes. `threads` is how many files are decoded
    at a time. With `regions`, images get vectors of their regions too; those that are known
    without are read again. Raises DatasetError for a source that does not exist,
    CollectionError when the collection cannot be changed.
    """
    run = _Run(collection, sources, progress or _ignore, regions=regions)
    run.index_images(threads or os.cpu_count() or 1)
    run.index_texts()
    run.settle()
    return run.report()


def _ignore(_: Progress) -> None:
    pass


class _Run:
    """One run: what was known before, what was found, and the counts for the report."""

    def __init__(
        self,
        collection: Collection,
        sources: Iterable[str | Path] | Findings,
        progress: Callable[[Progress], None],
        *,
        regions: bool,
    ) -> None:
        self._start = perf_counter()
        self._store, self._encoder = collection.store, collection.encoder
        self._progress = progress
        self._findings = sources if isinstance(sources, Findings) else find(sources)
        self._known = self._store.sources()
        # What a move to another model has left without a vector is encoded as if it were new.
        lacking = self._store.without_vectors()
        self._ids = {state.id for state in self._known.values()} - lacking
        self._regions = regions
        # Known images that lack the regions asked for are encoded again.
        self._complete = self._store.with_regions() - lacking if regions else self._ids
        self._completed: set[str] = set()
        self._problems = list(self._findings.skipped)
        self._same: list[str] = []
        self._written = self._touched = self._encoded = self._missing = 0
        self._images, self._image_seconds = 0, 0.0

    def index_images(self, threads: int) -> None:
        """Read, encode and commit the images that are new or have changed."""
        files = self._changed_images()
        start = perf_counter()
        ahead = 2 * IMAGE_BATCH + threads
        with closing(read_ahead(files, self._encoder, threads, ahead)) as outcomes:
            self._write(outcomes, self._image_writer())
        self._images, self._image_seconds = self._encoded, perf_counter() - start

    def index_texts(self) -> None:
        """Encode and commit the texts that are new or have changed."""
        writer = Writer(self._store, self._encoder.encode_texts, self._ids, TEXT_BATCH)
        self._write(self._changed_texts(), writer)

    def _image_writer(self) -> Writer:
        encoder = self._encoder
        encode = encoder.encode_windows if self._regions else encoder.encode_images
        boxes = encoder.window_boxes if self._regions else None
        return Writer(self._store, encode, self._complete, IMAGE_BATCH, boxes)

    def _changed_images(self) -> list[ImageFile]:
        changed = []
        for source, metadata in self._findings.images.items():
            state = self._known.get(source)
            try:
                stamp = stamp_of(source)
            except OSError as error:
                self._problems.append(Skipped(source, reason(error)))
                continue
            if state and state.stamp == stamp and state.id in self._complete:
                self._same.append(source)
            else:
                changed.append(ImageFile(source, stamp, metadata))
        return changed

    def _changed_texts(self) -> list[Reading]:
        changed = []
        for source, item in self._findings.texts.items():
            state = self._known.get(source)
            if state and state.id == item.id:
                self._same.append(source)
            else:
                changed.append(Reading(item, None, item.text or ""))
        return changed

    def _write(self, outcomes: Iterable[Reading | Skipped], writer: Writer) -> None:
        before = self._encoded
        self._tell()
        for outcome in outcomes:
            if isinstance(outcome, Skipped):
                self._problems.append(outcome)
                continue
            if outcome.item.id in self._ids and outcome.item.id not in self._complete:
                self._completed.add(outcome.item.id)
            state = self._known.get(outcome.item.source)
            if state and state.id == outcome.item.id:
                self._touched += 1
            self._written += 1
            if writer.add(outcome):
                self._encoded = before + writer.encoded
                self._tell()
        writer.commit()
        self._encoded = before + writer.encoded
        self._tell()

    def settle(self) -> None:
        """Mark what has vanished or become unreadable, and bring back what is there again.

        A vanished file whose content was found under another name has been moved: only its
        old name goes.
        """
        self._store.mark_missing([s for s in self._same if self._known[s].missing], missing=False)
        unreadable = {problem.where for problem in self._problems}
        lost = {s for s in self._known if s in unreadable or self._findings.has_lost(s)}
        states = self._store.sources() if lost else {}
        present = {state.id for s, state in states.items() if not state.missing and s not in lost}
        moved = [source for source in lost if self._known[source].id in present]
        gone = [s for s in lost.difference(moved) if not self._known[s].missing]
        self._store.mark_missing(gone)
        self._store.forget(moved)
        self._missing = len(gone)

    def report(self) -> IndexReport:
        """Return what came of the run."""
        added = self._encoded - len(self._completed)
        return IndexReport(
            added=added,
            renamed=self._written - self._touched - added,
            unchanged=len(self._same) + self._touched,
            skipped=tuple(self._problems),
            missing=self._missing,
            images=self._images,
            seconds=perf_counter() - self._start,
            images_per_second=self._images / self._image_seconds if self._images else 0.0,
            regions=self._images * len(self._encoder.windows) if self._regions else 0,
        )

    def _tell(self) -> None:
        self._progress(
            Progress(
                found=len(self._findings.images)
                + len(self._findings.texts)
                + len(self._findings.skipped),
                done=len(self._same) + self._written + len(self._problems),
                skipped=len(self._problems),
                encoded=self._encoded,
                seconds=perf_counter() - self._start,
            )
        )
