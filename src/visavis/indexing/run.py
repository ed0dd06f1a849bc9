"""Bring a collection up to date with folders, files and datasets."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from time import perf_counter

from visavis.collection import Collection
from visavis.datasets import Skipped
from visavis.encoders import Encoder
from visavis.errors import CollectionError, reason
from visavis.indexing.finding import Findings, find
from visavis.indexing.reading import (
    ImageFile,
    Reading,
    is_current,
    read_ahead,
    stamp_of,
    with_sidecar,
)
from visavis.indexing.reading_videos import read_video
from visavis.indexing.report import IndexProgress, IndexReport
from visavis.indexing.writing import Writer, complete_items, embedded_sources
from visavis.remote import is_remote
from visavis.stores import SourceState, Stamp
from visavis.videos import is_video, split_moment

IMAGE_BATCH = 32
TEXT_BATCH = 512
REMOTE_THREADS = 16
"""Files that are read at a time over a network: most of that is waiting."""
_LOOKUPS = 1000
"""Sources that are looked up in the store at a time."""


def index(
    sources: str | Path | Iterable[str | Path] | Findings,
    collection: Collection | str | Path = ".visavis",
    *,
    model: Encoder | str | Path | None = None,
    regions: bool = False,
    threads: int | None = None,
    exclude: Sequence[str] = (),
    progress: Callable[[IndexProgress], None] | None = None,
) -> IndexReport:
    """Add what is new in `sources`, follow what was renamed, mark what has vanished.

    A collection that is named by its location is opened, or made if there is none, with the
    `model` (an encoder, or what `load_encoder` takes), and closed at the end.

    Sources are folders, image files, text files with one text a line, and datasets named as
    `reader:path`, or what `find` made of them. A file whose size and time of change are known
    is not read; one whose content is known is not encoded. What cannot be read is skipped and
    reported. Texts in image files (descriptions and keywords) are added with their image. A file
    whose metadata were read by an earlier version, or to which its dataset adds other metadata,
    is read for these alone, and not encoded again. Everything is committed within about two
    seconds, so a run that is stopped or killed loses little; index again to resume.

    `threads` files are decoded at a time, by default one per core. With `regions`, images get
    vectors of their regions as well; known images that lack them are read again. `exclude` are
    rules for the contents of folders, as in gitignore.

    Raises DatasetError for a source that does not exist, CollectionError if the collection
    cannot be changed or keeps no regions, ModelMismatchError if it was made with another model.
    """
    findings = _find(sources, exclude)
    if not isinstance(collection, Collection):
        with Collection.open_or_create(collection, model) as opened:
            return index(findings, opened, regions=regions, threads=threads, progress=progress)
    if model is not None:
        raise CollectionError("the collection is open already, with its own model")
    run = _Run(collection, findings, progress or _ignore, regions=regions)
    run.drop_damaged()
    run.index_images(threads or os.cpu_count() or 1)
    run.index_texts()
    run.settle()
    return run.report()


def changed_sources(findings: Findings, collection: Collection, *, regions: bool) -> list[str]:
    """Return the sources that `index` would read: those that are new or have changed."""
    run = _Run(collection, findings, _ignore, regions=regions)
    images = [file.path for file in run.changed_images()]
    return images + [reading.item.source for reading in run.changed_texts()]


def _find(
    sources: str | Path | Iterable[str | Path] | Findings, exclude: Sequence[str]
) -> Findings:
    if isinstance(sources, Findings):
        return sources
    return find([sources] if isinstance(sources, str | Path) else sources, exclude=exclude)


def _same(state: SourceState, stamp: Stamp) -> bool:
    """Tell whether a file has not changed since its content was read."""
    known = state.stamp
    return known is not None and (known.size, known.mtime_ns) == (stamp.size, stamp.mtime_ns)


def _ignore(_: IndexProgress) -> None:
    pass


class _Run:
    """One run: the findings, their outcomes, and the counts for the report."""

    def __init__(
        self,
        collection: Collection,
        findings: Findings,
        progress: Callable[[IndexProgress], None],
        *,
        regions: bool,
    ) -> None:
        self._start = perf_counter()
        self._store, self._encoder = collection.store, collection.encoder
        self._progress = progress
        self._findings = findings
        self._regions = regions
        self._skipped = list(self._findings.skipped)
        self._back: list[str] = []
        self._held: dict[str, str] = {}
        self._turned_up: set[str] = set()
        self._damaged: set[str] = set()
        """Items that have lost their vectors."""
        self._reread: set[str] = set()
        """Files whose frames or texts are among them."""
        self._unchanged = self._written = self._touched = self._missing = 0
        self._encoded = self._added = self._images = self._frames = self._texts = 0
        self._image_seconds = 0.0

    def drop_damaged(self) -> None:
        """Remove vectors that have been found damaged, so that they are encoded again."""
        dropped = self._store.drop_damaged()
        self._damaged = {state.id for state in dropped.values()}
        for source in dropped:
            self._reread |= {split_moment(source)[0], source.rpartition("#")[0]}

    def index_images(self, threads: int) -> None:
        """Read, encode and commit the images that are new or have changed."""
        files = list(self.changed_images())
        if files:
            self._store.check()  # before hours of work go into a damaged file
        start = perf_counter()
        if any(is_remote(file.path) for file in files):
            threads = max(threads, REMOTE_THREADS)
        ahead = 2 * IMAGE_BATCH + threads
        writer = Writer(
            self._store, self._encoder, IMAGE_BATCH, regions=self._regions, lost=self._damaged
        )
        videos = [file for file in files if is_video(file.path)]
        images = [file for file in files if not is_video(file.path)]
        with closing(read_ahead(images, self._encoder, threads, ahead)) as outcomes:
            self._write(chain(outcomes, self._read_videos(videos)), writer)
        self._images, self._image_seconds = self._encoded, perf_counter() - start

    def index_texts(self) -> None:
        """Encode and commit the texts that are new or have changed."""
        writer = Writer(self._store, self._encoder, TEXT_BATCH, lost=self._damaged)
        self._write(self.changed_texts(), writer)

    def changed_images(self) -> Iterator[ImageFile]:
        """Yield the images that are new or have changed."""
        for sources, states in self._looked_up(self._findings.images):
            ids = [state.id for state in states.values()]
            complete = complete_items(self._store, ids, regions=self._regions)
            for source in sources:
                state, sidecar = states.get(source), self._findings.sidecars.get(source)
                metadata = self._findings.images[source]
                beside = with_sidecar(metadata, sidecar) if sidecar else metadata
                try:
                    stamp = stamp_of(source, beside)
                except OSError as error:
                    self._skipped.append(Skipped(source, reason(error)))
                    continue
                same = state is not None and state.id in complete and _same(state, stamp)
                # Of videos nothing but the frames is read.
                if (
                    state
                    and same
                    and (is_current(state.stamp, stamp, beside) or is_video(source))
                    and source not in self._reread
                ):
                    self._keep(source, state)
                else:
                    known = state.id if state and same else None
                    yield ImageFile(source, stamp, metadata, known, sidecar)

    def _read_videos(self, files: Iterable[ImageFile]) -> Iterator[Reading | Skipped]:
        for file in files:
            readings = read_video(file, self._encoder)
            if isinstance(readings, Skipped):
                self._findings.frames[file.path] = set()
                yield readings
            else:
                self._findings.frames[file.path] = {each.item.source for each in readings}
                yield from readings

    def changed_texts(self) -> Iterator[Reading]:
        """Yield the texts that are new or have changed."""
        for sources, states in self._looked_up(self._findings.texts):
            complete = self._store.encoded([state.id for state in states.values()])
            for source in sources:
                state, item = states.get(source), self._findings.texts[source]
                if state and state.id == item.id and item.id in complete:
                    self._keep(source, state)
                else:
                    yield Reading(item, None, item.text or "")

    def _looked_up(
        self, sources: Iterable[str]
    ) -> Iterator[tuple[Sequence[str], dict[str, SourceState]]]:
        """Yield sources, some at a time, with the states of those that are known."""
        every = list(sources)
        for start in range(0, len(every), _LOOKUPS):
            some = every[start : start + _LOOKUPS]
            states = self._store.states(some)
            self._held |= {source: state.id for source, state in states.items()}
            yield some, states

    def _keep(self, source: str, state: SourceState) -> None:
        self._unchanged += 1
        del self._held[source]
        if state.missing:
            self._back += [source, *self._texts_in(source)]
            if is_video(source):
                self._back += [frame for frame, _ in self._store.iter_sources(f"{source}#t=")]

    def _write(self, outcomes: Iterable[Reading | Skipped], writer: Writer) -> None:
        before, elsewhere = self._encoded, set()
        self._tell()
        for outcome in outcomes:
            if isinstance(outcome, Skipped):
                self._skipped.append(outcome)
                continue
            self._skipped += outcome.faults
            is_frame = split_moment(outcome.item.source)[1] is not None
            if self._held.get(outcome.item.source) == outcome.item.id:
                self._touched += 1
            else:
                elsewhere |= {item.id for item in (outcome.item, *outcome.texts)}
            self._written += not is_frame
            self._frames += is_frame
            if writer.add(outcome):
                self._encoded = before + writer.encoded
                self._tell()
        writer.commit()
        self._encoded = before + writer.encoded
        self._added += writer.added
        self._texts += writer.texts
        self._turned_up |= elsewhere & writer.known
        self._tell()

    def settle(self) -> None:
        """Mark what has vanished or become unreadable, and bring back what is there again.

        A vanished file whose content was found under another name has been moved: only its
        old name goes, wherever it was.
        """
        self._store.mark_missing(self._back, missing=False)
        lost = self._store.states([each.where for each in self._skipped])
        lost |= self._store.states([text for file in lost for text in self._texts_in(file)])
        lost |= self._store.states(self._findings.vanished) | self._moved_from()
        for root in self._findings.roots:
            below = self._store.iter_sources(root)
            lost |= {source: state for source, state in below if self._findings.has_lost(source)}
        self._store.mark_missing(list(lost))
        elsewhere = self._findable([state.id for state in lost.values()])
        self._store.forget([source for source, state in lost.items() if state.id in elsewhere])
        gone = [
            state
            for source, state in lost.items()
            if state.id not in elsewhere and split_moment(source)[1] is None
        ]
        self._missing = sum(not state.missing for state in gone)

    def _texts_in(self, image: str) -> list[str]:
        return embedded_sources(self._store, image)

    def _moved_from(self) -> dict[str, SourceState]:
        """Return the vanished files, in any folder, whose content turned up in this run."""
        if not self._turned_up:
            return {}
        return {
            source: state
            for source, state in self._store.iter_sources()
            if state.id in self._turned_up
            and (Path(source).is_absolute() or is_remote(source))
            and self._findings.is_gone(source)
        }

    def _findable(self, ids: Sequence[str]) -> set[str]:
        """Return those of the ids whose items have a source that is not missing."""
        items = self._store.get(ids)
        states = self._store.states([item.source for item in items])
        return {item.id for item in items if not states[item.source].missing}

    def report(self) -> IndexReport:
        """Return what came of the run."""
        return IndexReport(
            added=self._added,
            renamed=self._written - self._touched - self._added,
            unchanged=self._unchanged + self._touched,
            skipped=tuple(self._skipped),
            missing=self._missing,
            images=self._images,
            seconds=perf_counter() - self._start,
            images_per_second=self._images / self._image_seconds if self._images else 0.0,
            regions=self._images * len(self._encoder.regions) if self._regions else 0,
            texts=self._texts,
            passed_over=dict(self._findings.passed_over),
            excluded=dict(Counter(self._findings.excluded.values())),
            frames=self._frames,
            sidecars=self._count_sidecars(),
            mended=len(self._store.encoded(list(self._damaged))) if self._damaged else 0,
        )

    def _count_sidecars(self) -> int:
        skipped = {each.where for each in self._skipped}
        return len({str(path) for path in self._findings.sidecars.values()} - skipped)

    def _tell(self) -> None:
        findings = self._findings
        self._progress(
            IndexProgress(
                found=len(findings.images) + len(findings.texts) + len(findings.skipped),
                done=self._unchanged + self._written + len(self._skipped),
                skipped=len(self._skipped),
                encoded=self._encoded,
                seconds=perf_counter() - self._start,
            )
        )
