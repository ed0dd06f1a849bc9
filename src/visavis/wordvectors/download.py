"""Download word vectors: GloVe, word2vec."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import IO, cast
from urllib.error import HTTPError

from visavis.cache import VARIABLE, cache_folder
from visavis.catalogue import Entry, unknown_name, word_vectors
from visavis.errors import ModelError
from visavis.files import replacing

_BLOCK = 1 << 20
_TIMEOUT = 30.0  # seconds without a byte

Advance = Callable[[int, int], None]
"""Receives the bytes done and the bytes in all."""


def pull_word_vectors(
    name: str | Path, out: Path | None = None, *, advance: Advance | None = None
) -> Path:
    """Return a file of word vectors: an entry of the catalogue or a local file, unpacked.

    By default they are kept in the cache, where a second call finds them. An interrupted
    download is resumed; its checksum, or its size where none is published, is verified. Of a
    zip archive the largest member is taken. Raises ModelError.
    """
    source = Path(name).expanduser()
    if not source.is_file():
        source = _download(_entry(str(name)), advance or _ignore)
    target = out or cache_folder("words", _unpacked_name(source))
    if target == source or (out is None and target.is_file()):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _unpacked(source) as unpacked, replacing(target) as file:
            shutil.copyfileobj(unpacked, file, _BLOCK)
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{source}: cannot be unpacked ({error}); remove it and pull again"
        ) from error
    return target


def _entry(name: str) -> Entry:
    if name not in word_vectors():
        raise unknown_name("set of word vectors", name, word_vectors())
    return word_vectors()[name]


def _download(entry: Entry, advance: Advance) -> Path:
    """Return the archive of an entry, downloaded to the cache if it is not there yet."""
    target = cache_folder("words", entry.url.rpartition("/")[2])
    if target.is_file():
        return target
    part = target.with_name(f"{target.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    _check_space(part, entry)
    try:
        with part.open("ab") as stream:
            if stream.tell() < entry.size:
                _fetch(entry, stream, advance)
    except (OSError, HTTPException) as error:
        if isinstance(error, HTTPError):
            error.close()
        raise ModelError(
            f"{entry.url}: cannot be fetched ({error}); check the network and pull again, "
            "or give a file you have"
        ) from error
    _check(part, entry)
    part.replace(target)
    return target


def _fetch(entry: Entry, stream: IO[bytes], advance: Advance) -> None:
    done = stream.tell()
    request = urllib.request.Request(entry.url, headers={"Range": f"bytes={done}-"})  # noqa: S310 - the catalogue's own addresses
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - as above
        if answer.status != 206:  # noqa: PLR2004 - a server that cannot resume sends all of it
            stream.seek(0)
            stream.truncate()
            done = 0
        while block := answer.read(_BLOCK):
            stream.write(block)
            done += len(block)
            advance(done, entry.size)


def _check_space(part: Path, entry: Entry) -> None:
    free = shutil.disk_usage(part.parent).free
    if entry.size > free:
        raise ModelError(
            f"{part.parent}: {entry.size / 1e6:,.0f} MB are needed and {free / 1e6:,.0f} MB free; "
            f"make room, or set {VARIABLE} to another folder"
        )


def _check(part: Path, entry: Entry) -> None:
    size = part.stat().st_size
    if size < entry.size:
        raise ModelError(
            f"{entry.url}: the download ended early ({size:,} of {entry.size:,} bytes); "
            "pull again to resume"
        )
    kind, _, expected = entry.checksum.partition(":")
    if size > entry.size or (expected and _digest(part, kind) != expected):
        part.unlink()
        raise ModelError(
            f"{entry.url}: differs from what was announced (wrong checksum); pull again, "
            "or give a file you have"
        )


def _digest(path: Path, kind: str) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, kind).hexdigest()


def _unpacked_name(source: Path) -> str:
    return source.stem if source.suffix in {".gz", ".zip"} else source.name


@contextmanager
def _unpacked(source: Path) -> Iterator[IO[bytes]]:
    """Open a file, decompressed if it is a `.gz`; of a `.zip`, its largest member."""
    with source.open("rb") as file:
        if source.suffix == ".zip":
            with zipfile.ZipFile(file) as archive:
                largest = max(archive.infolist(), key=lambda member: member.file_size)
                with archive.open(largest) as member:
                    yield member
        elif source.suffix == ".gz":
            with gzip.open(file) as stream:
                yield cast("IO[bytes]", stream)
        else:
            yield file


def _ignore(_done: int, _size: int) -> None:
    pass
