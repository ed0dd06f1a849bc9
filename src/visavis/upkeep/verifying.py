"""Look for damage in a collection, and for files that are not as they were indexed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Literal, TypeAlias

import numpy as np

from visavis.collection import text_id
from visavis.errors import DamagedError, reason
from visavis.indexing.finding import TABLES, before_marks, file_of_text
from visavis.indexing.reading import content_id, stamp_of
from visavis.remote import is_remote
from visavis.stores import CacheState, Record, SourceState, VectorStore
from visavis.types import Item
from visavis.upkeep.pages import Page, pages
from visavis.videos import split_moment

Kind: TypeAlias = Literal["damaged", "cache", "gone", "changed", "unreadable"]

_BY_ITSELF = "damaged; it is made anew when it is needed"
_BY_OPTIMIZE = "damaged; `visavis optimize` builds it anew"
_ROTTEN = "its content has changed, but neither its size nor its time"
_HASH = re.compile(r"[0-9a-f]{32}")
"""An id that visavis made; other programs may give names of their own."""
LENGTH_OFF = 1e-3
"""How far the length of a vector may be from 1: half precision costs less than this."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a place.

    `damaged` concerns the collection, `cache` a file that is made anew when it is needed. Files
    are `gone`, `changed` or `unreadable` since they were indexed.
    """

    kind: Kind
    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was looked at, and all that is wrong.

    `vectors` includes those of regions; `missing` are sources that are marked as missing.
    """

    sources: int
    missing: int
    vectors: int
    files: int
    caches: Mapping[str, CacheState]
    problems: tuple[Problem, ...]
    seconds: float

    @property
    def sound(self) -> bool:
        """Whether nothing in the collection itself is damaged."""
        return all(problem.kind != "damaged" for problem in self.problems)


def verify(
    store: VectorStore,
    *,
    files: bool = True,
    contents: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> VerifyReport:
    """Verify the database, what is derived from it, all items and vectors, and the files.

    Vectors must be finite and of unit length. Files must have the size and time of change that
    they had when they were indexed; with `contents`, images are read and must have the same
    content. Nothing is changed. Raises CollectionError if the store cannot be read at all.
    """
    run = _Run(store, contents=contents)
    run.check_store()
    run.check_items(progress or (lambda *_: None), files=files)
    return run.report()


class _Run:
    """One verification, which goes on after what is wrong."""

    def __init__(self, store: VectorStore, *, contents: bool) -> None:
        self._start = perf_counter()
        self._store, self._contents = store, contents
        self._problems: list[Problem] = []
        self._caches: dict[str, CacheState] = {}
        self._looked_at: set[str] = set()
        self._sources = self._missing = self._vectors = self._files = 0

    def check_store(self) -> None:
        """Check the database and what is derived from it."""
        try:
            self._store.check(thorough=True)
            self._caches = self._store.caches()
        except DamagedError as error:
            self._problems.append(Problem("damaged", self._store.location, str(error)))
        self._problems += [
            Problem("cache", file, _BY_OPTIMIZE if file.endswith(".cells") else _BY_ITSELF)
            for file, state in self._caches.items()
            if state == "damaged"
        ]

    def check_items(self, progress: Callable[[int, int], None], *, files: bool) -> None:
        """Check all sources, their items and vectors, and their files."""
        try:
            found = self._store.stats().sources
            for page in pages(self._store):
                self._check_page(page, files=files)
                progress(self._sources, max(found, self._sources))
        except DamagedError as error:
            if not any(problem.reason == str(error) for problem in self._problems):
                self._problems.append(Problem("damaged", self._store.location, str(error)))

    def _check_page(self, page: Page, *, files: bool) -> None:
        self._sources += len(page.states)
        self._missing += sum(state.missing for state in page.states.values())
        self._vectors += sum((each.vector is not None) + len(each.regions) for each in page.records)
        self._problems += (Problem("damaged", p.where, p.reason) for p in page.damaged)
        for record in page.records:
            where = record.item.source
            self._problems += (Problem("damaged", where, why) for why in _faults(record))
        if files:
            for source, state in page.states.items():
                if not state.missing:
                    self._check_file(source, state)

    def _check_file(self, source: str, state: SourceState) -> None:
        """Check the file of a source; one of many texts or frames is looked at once."""
        path = self._file_of(source, state)
        if path in self._looked_at or not (Path(path).is_absolute() or is_remote(path)):
            return  # a relative one is a key of a dataset, or came over the network
        self._looked_at.add(path)
        self._files += 1
        kind: Kind = "changed"
        try:
            why = self._change(path, state, is_file=path == source)
        except (FileNotFoundError, NotADirectoryError) as error:
            kind, why = "gone", reason(error)
        except OSError as error:
            kind, why = "unreadable", reason(error)
        if why:
            self._problems.append(Problem(kind, path, why))

    def _file_of(self, source: str, state: SourceState) -> str:
        """Return the file that an image, a frame of a video or a text comes from."""
        if state.stamp is not None:
            return split_moment(source)[0]
        if before := next((each for each in before_marks(source) if each in self._looked_at), None):
            return before
        if _is_there(source):
            return source
        table = next((each for each in before_marks(source) if each.endswith(TABLES)), "")
        return file_of_text(source) or table or source.rpartition("#")[0] or source

    def _change(self, path: str, state: SourceState, *, is_file: bool) -> str:
        """Return how a file has changed, or an empty text; raises OSError."""
        stamp, known = stamp_of(path), state.stamp
        same = known is None or (stamp.size, stamp.mtime_ns) == (known.size, known.mtime_ns)
        if self._contents and is_file:
            if content_id(path) == state.id:
                return ""
            return _ROTTEN if same else "its content has changed"
        return "" if same else "its size or time has changed"

    def report(self) -> VerifyReport:
        """Return what was looked at and found."""
        return VerifyReport(
            sources=self._sources,
            missing=self._missing,
            vectors=self._vectors,
            files=self._files,
            caches=self._caches,
            problems=tuple(self._problems),
            seconds=perf_counter() - self._start,
        )


def _faults(record: Record) -> Iterator[str]:
    """Yield what is wrong with a record."""
    if record.item.modality == "text":
        yield from _faults_of_text(record.item)
    if record.vector is None:
        yield "its item has no vector"
        return
    vectors = np.stack([record.vector, *(region.vector for region in record.regions)])
    lengths = np.linalg.norm(vectors, axis=1)
    for number, length in enumerate(lengths):
        if not abs(length - 1) <= LENGTH_OFF:
            which = (
                f"the vector of its region {record.regions[number - 1].box}"
                if number
                else "its vector"
            )
            yield f"{which} has length {length:.4g}, not 1"


def _faults_of_text(item: Item) -> Iterator[str]:
    """Yield what is wrong with a text: its id is a hash of what was written."""
    if item.text is None:
        yield "its item is a text without a text"
    elif _HASH.fullmatch(item.id) and item.id != text_id(item.text, item.metadata.get("lang", "")):
        yield "its text is not what was indexed; remove it and index it again"


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:  # such as a name too long for any file
        return False
