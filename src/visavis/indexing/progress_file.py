"""Share the progress of index runs and uploads with other processes, by files in the cache."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, time
from uuid import uuid4

from visavis.files import replacing
from visavis.indexing.report import IndexProgress

FILE = Path("cache", "indexing.json")
_UPLOADS = "uploading-*.json"
_OFTEN = 0.5
_STALE = 60.0
"""Seconds of silence after which a run is taken for dead; it commits every two."""


@contextmanager
def share_progress(
    collection: str, progress: Callable[[IndexProgress], None] | None
) -> Iterator[Callable[[IndexProgress], None] | None]:
    """Return the callback of an index run: it calls `progress`, and writes the file now and then.

    The file is removed at the end. A collection that is not in a folder has none.
    """
    if "://" in collection:
        yield progress
        return
    file, last = Path(collection) / FILE, 0.0

    def share(now: IndexProgress) -> None:
        nonlocal last
        if progress:
            progress(now)
        if monotonic() - last > _OFTEN:
            last = monotonic()
            _write(file, now.done, now.found)

    try:
        yield share
    finally:
        with suppress(OSError):
            file.unlink(missing_ok=True)


@contextmanager
def share_uploads(folder: Path | None, total: int) -> Iterator[Callable[[int], None]]:
    """Return a function that tells other processes how many of `total` images have been added.

    Without a folder nothing is told.
    """
    if folder is None:
        yield lambda _: None
        return
    file, last = folder / "cache" / _UPLOADS.replace("*", uuid4().hex), 0.0

    def share(done: int) -> None:
        nonlocal last
        if monotonic() - last > _OFTEN:
            last = monotonic()
            _write(file, done, total)

    share(0)
    try:
        yield share
    finally:
        with suppress(OSError):
            file.unlink(missing_ok=True)


def read_progress(folder: Path) -> tuple[int, int] | None:
    """Return how many of how many files and texts a run has done; None if there is no run."""
    return _read(folder / FILE)


def read_uploads(folder: Path) -> tuple[int, int] | None:
    """Return how many of how many images have been added by all uploads of many that go on."""
    counts = [_read(file) for file in (folder / "cache").glob(_UPLOADS)]
    going_on = [each for each in counts if each]
    return (sum(d for d, _ in going_on), sum(t for _, t in going_on)) if going_on else None


def _read(file: Path) -> tuple[int, int] | None:
    try:
        if time() - file.stat().st_mtime > _STALE:
            return None
        done, found = json.loads(file.read_text("utf-8"))
        return int(done), int(found)
    except (OSError, ValueError, TypeError):
        return None


def _write(file: Path, done: int, total: int) -> None:
    """Write the file; a folder that cannot be written is no reason to stop."""
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        with replacing(file) as draft:
            draft.write(json.dumps([done, total]).encode())
