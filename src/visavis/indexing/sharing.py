"""Tell other processes, such as a server, how far an index run is: a small file in the cache."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, time

from visavis.indexing.report import Progress

FILE = Path("cache", "indexing.json")
_OFTEN = 0.5
_STALE = 60.0
"""Seconds of silence after which a run is taken for dead; it commits every two."""


@contextmanager
def shared(
    collection: str, tell: Callable[[Progress], None] | None
) -> Iterator[Callable[[Progress], None] | None]:
    """Pass on each Progress, and share it while the run lasts if the collection is a folder."""
    if "://" in collection:
        yield tell
        return
    file, last = Path(collection) / FILE, 0.0

    def share(progress: Progress) -> None:
        nonlocal last
        if tell:
            tell(progress)
        if monotonic() - last > _OFTEN:
            last = monotonic()
            _write(file, progress)

    try:
        yield share
    finally:
        with suppress(OSError):
            file.unlink(missing_ok=True)


def progress_of(folder: Path) -> tuple[int, int] | None:
    """Return how much of how much the run on a collection has done, None if there is no run."""
    file = folder / FILE
    try:
        if time() - file.stat().st_mtime > _STALE:
            return None
        done, found = json.loads(file.read_text("utf-8"))
        return int(done), int(found)
    except (OSError, ValueError, TypeError):
        return None


def _write(file: Path, progress: Progress) -> None:
    """Write so that readers see all of it; a folder that cannot be written is no reason to stop."""
    draft = file.with_suffix(f".{os.getpid()}.tmp")
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        draft.write_text(json.dumps([progress.done, progress.found]), "utf-8")
        draft.replace(file)
