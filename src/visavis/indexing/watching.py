"""Keep a collection up to date with folders, as long as the process runs.

What the system says of changes only wakes the watcher up: each time, the folders are indexed as
`index` does it, so nothing is lost if the system says nothing, or too much, or nobody listens.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from time import monotonic, process_time

from visavis.collection import Collection
from visavis.encoders import Encoder, load_encoder
from visavis.errors import (
    DatasetError,
    DiskFullError,
    UnavailableError,
    first_line,
)
from visavis.extras import import_extra
from visavis.indexing.lock import only_run
from visavis.indexing.progress_file import share_progress
from visavis.indexing.report import IndexReport
from visavis.indexing.run import index

EVERY = 3600.0
"""Seconds after which the folders are looked at in any case: some network drives tell nothing."""
RETRY = 5.0
"""Seconds until the next try while a collection or a folder is not available."""
QUIET_MS, MOST_MS = 500, 5000
"""How long to wait for the end of a burst of changes: silence, and at most."""
REST = 10
"""The watcher rests this many times as long as it computed, if there was nothing to do."""
_BLIND = 60.0
"""Seconds between looks at the folders if the system cannot watch them."""
_WAITED_FOR = (DatasetError, DiskFullError, UnavailableError)


def watch(
    folders: Iterable[str | Path],
    collection: str | Path = ".visavis",
    *,
    model: Encoder | str | Path | None = None,
    regions: bool = False,
    exclude: Sequence[str] = (),
    every: float = EVERY,
    done: Callable[[IndexReport], None] | None = None,
    trouble: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Index folders now, and again whenever something changes in them, until `stop` is set.

    `done` is called after each run, and `trouble` with a message when something has to be waited
    for: another process that indexes, a server, a full disk, a folder that is gone or empty, as
    when a disk is unplugged. Nothing is marked as missing then.

    Raises DatasetError for a folder that does not exist at the beginning, MissingExtraError
    without watchfiles, and what `index` raises for a collection that waiting does not mend.
    """
    import_extra("watchfiles", "watching folders", "watch")
    watched = [_checked(folder) for folder in folders]
    watcher = _Watcher(watched, str(collection), load_encoder(model), stop or threading.Event())
    watcher.run(
        lambda present, opened, progress: index(
            present, opened, regions=regions, exclude=exclude, progress=progress
        ),
        every,
        done or (lambda _: None),
        trouble or (lambda _: None),
    )


def _checked(folder: str | Path) -> Path:
    path = Path(os.path.abspath(Path(folder).expanduser()))  # noqa: PTH100 - links stay as they are
    if not str(folder).strip() or not path.is_dir():
        raise DatasetError(f"{folder}: no such folder; `watch` looks after folders")
    return path


class _Watcher:
    def __init__(
        self, folders: Sequence[Path], collection: str, encoder: Encoder, stop: threading.Event
    ) -> None:
        self._folders, self._collection, self._encoder = folders, collection, encoder
        self._stop = stop
        self._told = ""
        self._trouble: Callable[[str], None]
        own = None if "://" in collection else Path(collection).absolute()
        self._events = _Events(own)

    def run(
        self,
        update: Callable[..., IndexReport],
        every: float,
        done: Callable[[IndexReport], None],
        trouble: Callable[[str], None],
    ) -> None:
        """Update and wait in turns."""
        self._trouble = trouble
        try:
            while not self._stop.is_set():
                present = self._present()
                self._events.listen(present)
                seconds = self._update(update, present, done)
                blind = len(present) < len(self._folders) or seconds is None
                if self._events.failure:
                    self._tell(self._events.failure)
                rest = RETRY if blind else min(every, _BLIND) if self._events.failure else every
                self._stop.wait(0 if seconds is None else seconds)
                self._events.wait(rest, self._stop)
        finally:
            self._events.close()

    def _update(
        self,
        update: Callable[..., IndexReport],
        present: Sequence[Path],
        done: Callable[[IndexReport], None],
    ) -> float | None:
        """Index what is there; return how long to rest, or None if something is waited for."""
        if not present:
            return None
        start = process_time()
        try:
            with (
                Collection.open_or_create(self._collection, self._encoder) as opened,
                only_run(self._collection),
                share_progress(self._collection, None) as progress,
            ):
                report = update(present, opened, progress)
        except _WAITED_FOR as error:
            self._tell(str(error))
            return None
        if len(present) == len(self._folders):
            self._told = ""
        done(report)
        return 0.0 if report.images else REST * (process_time() - start)

    def _present(self) -> list[Path]:
        """Return the folders that are there; of one that is empty the disk may be unplugged."""
        present = []
        for folder in self._folders:
            if (away := _away(folder)) is None:
                present.append(folder)
            else:
                self._tell(f"{folder}: {away}; waiting until it is back")
        return present

    def _tell(self, message: str) -> None:
        """Tell what is waited for, once."""
        if message != self._told:
            self._told = message
            self._trouble(message)


def _away(folder: Path) -> str | None:
    """Return why a folder cannot be looked at now, None if it can."""
    try:
        with os.scandir(folder) as entries:
            return None if next(entries, None) else "empty"
    except OSError as error:
        return (error.strerror or str(error)).lower()


class _Events:
    """Listens in a thread to what the system says of changes in folders."""

    def __init__(self, ignored: Path | None) -> None:
        self._ignored = ignored
        self._listening: list[tuple[Path, int, int]] = []
        self._thread: threading.Thread | None = None
        self._end = threading.Event()
        self._changed = threading.Event()
        self.failure = ""
        """Why the system does not watch the folders, if it does not."""

    def listen(self, folders: Sequence[Path]) -> None:
        """Listen from now on, anew if folders have come, gone or been replaced."""
        self._changed.clear()
        now = [(folder, *_identity(folder)) for folder in folders]
        if now != self._listening:
            self.close()
            self.failure, self._listening, self._end = "", now, threading.Event()
            started = threading.Event()
            self._thread = threading.Thread(
                target=self._listen, args=(folders, self._end, started), daemon=True
            )
            self._thread.start()
            started.wait()

    def _listen(
        self, folders: Sequence[Path], end: threading.Event, started: threading.Event
    ) -> None:
        import watchfiles

        try:
            for _ in watchfiles.watch(
                *folders,
                watch_filter=self._counts,
                debounce=MOST_MS,
                step=QUIET_MS,
                stop_event=_Started(end, started),
                ignore_permission_denied=True,
            ):
                self._changed.set()
        except Exception as error:  # noqa: BLE001 - the system may refuse in many ways
            self.failure = f"changes cannot be watched ({first_line(error)}); looking now and then"
        finally:
            started.set()

    def _counts(self, _change: object, path: str) -> bool:
        """Tell whether a change counts: those of the collection itself do not."""
        return self._ignored is None or not Path(path).is_relative_to(self._ignored)

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Wait for a change, for some seconds, or until `stop` is set."""
        until = monotonic() + seconds
        while not stop.is_set() and (left := until - monotonic()) > 0:
            if self._changed.wait(min(left, QUIET_MS / 1000)):
                return

    def close(self) -> None:
        """Stop to listen."""
        self._end.set()
        if self._thread:
            self._thread.join()
        self._thread = None


class _Started:
    """An event to stop at; when it is first asked for, the system is listening."""

    def __init__(self, end: threading.Event, started: threading.Event) -> None:
        self._end, self._started = end, started

    def is_set(self) -> bool:
        self._started.set()
        return self._end.is_set()


def _identity(folder: Path) -> tuple[int, int]:
    try:
        status = folder.stat()
    except OSError:
        return 0, 0
    return status.st_dev, status.st_ino
