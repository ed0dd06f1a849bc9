"""A search for duplicates beside the requests: one at a time, in a thread of its own."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from visavis.collection import Collection
from visavis.duplicates import DuplicateReport, Level, find_duplicates


@dataclass(frozen=True, slots=True)
class Progress:
    """How many images have been looked at; `total` is 0 until it is known."""

    done: int = 0
    total: int = 0


class _Stopped(Exception):  # noqa: N818 - no error, but the end of the server
    """The server is closing."""


class DuplicateSearch:
    """The latest search: it runs, or its report is kept until the collection changes."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="duplicates")
        self._lock = threading.Lock()
        self._asked: tuple[int, Level] | None = None
        self._latest: Future[DuplicateReport] | None = None
        self._progress = Progress()
        self._closing = False

    def ask(self, collection: Collection, level: Level) -> DuplicateReport | Progress:
        """Return the report, or how far the search is; start it if none is running.

        Raises what the search ended with, such as a VisavisError; the next call starts another.
        """
        asked = (collection.store.generation, level)
        with self._lock:
            latest = self._latest
            if latest is not None and not latest.done():
                return self._progress
            if latest is not None and self._asked == asked:
                if latest.exception() is not None:
                    self._latest = None
                return latest.result()
            self._asked, self._progress = asked, Progress()
            self._latest = self._pool.submit(
                find_duplicates, collection, level, threads=1, progress=self._report
            )
            return self._progress

    def close(self) -> None:
        """Stop a search that is running, and wait for its end."""
        self._closing = True
        self._pool.shutdown(cancel_futures=True)

    def _report(self, done: int, total: int) -> None:
        if self._closing:
            raise _Stopped
        self._progress = Progress(done, total)
