"""Files at paths and at URLs, such as `s3://bucket/photos/dog.jpg`, which fsspec reads."""

from __future__ import annotations

import re
import stat
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from visavis.errors import MissingExtraError, first_line

_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")
_CHANGED = ("mtime", "LastModified", "last_modified", "updated", "created")
"""What file systems call the time of the last change; in memory, files have that of creation."""


@dataclass(frozen=True, slots=True)
class FileStatus:
    """Size in bytes and time of the last change, which is 0 where a server tells none.

    Two names of one file have the same `identity`; what is not `regular` is a folder or a device.
    """

    size: int
    mtime_ns: int
    identity: Hashable
    regular: bool


def is_remote(source: str | Path) -> bool:
    """Tell whether a source is a URL; those of this machine, `file://`, are too."""
    return isinstance(source, str) and _URL.match(source) is not None


def local_path(url: str) -> str | None:
    """Return the path that a `file://` URL means; None for any other source."""
    scheme, _, rest = url.partition("://")
    if scheme.lower() != "file" or not is_remote(url):
        return None
    return unquote(rest.removeprefix("localhost"))


def read_bytes(source: str) -> bytes:
    """Read a file; raises OSError."""
    if not is_remote(source):
        return Path(source).read_bytes()
    with _plain_errors(source):
        system, path = _open(source)
        data: bytes = system.cat_file(path)
        return data


def status_of(source: str) -> FileStatus:
    """Return the status of a file; raises OSError."""
    if not is_remote(source):
        status = Path(source).stat()
        same = status.st_dev, status.st_ino
        return FileStatus(status.st_size, status.st_mtime_ns, same, stat.S_ISREG(status.st_mode))
    with _plain_errors(source):
        system, path = _open(source)
        info = system.info(path)
        size, regular = int(info.get("size") or 0), info["type"] == "file"
        return FileStatus(size, _changed(info), source, regular)


def list_files(url: str) -> tuple[str, list[str]]:
    """Return a URL as its file system writes it, and all files below it, in order.

    The list of a file is the file itself, that of an empty folder is empty. Raises OSError; a
    FileNotFoundError if there is nothing.
    """
    with _plain_errors(url):
        system, path = _open(url)
        system.invalidate_cache()  # another run may have been long ago
        root = system.unstrip_protocol(path).rstrip("/")
        found = sorted(system.unstrip_protocol(each) for each in system.find(path))
        if not found and not system.exists(path):
            raise FileNotFoundError(2, "no such file or folder", url)
        return root, found


def _open(url: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ModuleNotFoundError:
        raise MissingExtraError(f"reading {url.partition('://')[0]}://", "remote") from None
    system, path = url_to_fs(url)
    return system, path


@contextmanager
def _plain_errors(url: str) -> Iterator[None]:
    """Turn what file systems raise, nearly anything, into an OSError with one line."""
    try:
        yield
    except (OSError, MissingExtraError):
        raise
    except Exception as error:
        raise OSError(None, first_line(error), url) from error


def _changed(info: Mapping[str, Any]) -> int:
    known = next((info[key] for key in _CHANGED if info.get(key)), 0)
    if isinstance(known, str):
        known = datetime.fromisoformat(known)
    if isinstance(known, datetime):
        known = (known if known.tzinfo else known.replace(tzinfo=UTC)).timestamp()
    return int(known * 1e9)
