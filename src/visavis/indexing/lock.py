"""One index run at a time: two would encode the same images twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from visavis.errors import UnavailableError

FILE = Path("cache", "indexing.lock")


@contextmanager
def only_run(location: str) -> Iterator[None]:
    """Hold the lock of a collection; it ends with the process, however that ends.

    Raises UnavailableError if another process holds it. A collection on a server has no lock, nor
    has one on a system without `fcntl` or in a folder that cannot be written.
    """
    lock = None if "://" in location else _open(Path(location, FILE))
    if lock is None:
        yield
        return
    with lock:
        if not _take(lock):
            raise UnavailableError(
                f"{location}: another process is indexing into it; try again when that is done"
            )
        yield


def _open(file: Path) -> IO[str] | None:
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        return file.open("a", encoding="utf-8")
    return None


def _take(lock: IO[str]) -> bool:
    """Lock a file; tell whether nobody else had done so."""
    try:
        import fcntl
    except ImportError:  # not on Windows
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks
    return True
