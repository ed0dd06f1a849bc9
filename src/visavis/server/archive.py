"""Original files in one zip archive, made while it is sent."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path, PurePath
from zipfile import ZIP_STORED, ZipFile, ZipInfo

_CHUNK = 1 << 20
_EARLIEST = (1980, 1, 1, 0, 0, 0)
LACKING = "not-included.txt"
"""Tells in the archive which of its files could not be read."""


def zip_chunks(files: Sequence[tuple[str, Path]], lacking: Iterable[str] = ()) -> Iterator[bytes]:
    """Yield a zip archive of files, each under its name; two of one name get numbers.

    Images are compressed already, so they are stored as they are. Only a chunk is in memory. A
    file that cannot be read is left out and named at the end, together with what is `lacking`.
    """
    left_out = list(lacking)
    output = _Chunks()
    with ZipFile(output, "w", ZIP_STORED) as archive:
        for name, file in zip(_distinct([name for name, _ in files]), files, strict=True):
            try:
                yield from _member(archive, output, name, file[1])
            except OSError:
                left_out.append(name)
        if left_out:
            archive.writestr(LACKING, "".join(f"{name}\n" for name in left_out))
    yield output.take()


def _member(archive: ZipFile, output: _Chunks, name: str, file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        changed = datetime.fromtimestamp(file.stat().st_mtime).timetuple()[:6]  # noqa: DTZ006
        info = ZipInfo(name, max(changed, _EARLIEST))
        info.file_size = file.stat().st_size
        with archive.open(info, "w", force_zip64=info.file_size >= 1 << 31) as member:
            while chunk := source.read(_CHUNK):
                member.write(chunk)
                yield output.take()


def _distinct(names: Iterable[str]) -> list[str]:
    """Return names that differ, also where case does not count: `a.jpg`, `a (2).jpg`."""
    seen: Counter[str] = Counter({LACKING: 1})
    found = []
    for name in names:
        path, new = PurePath(name), name
        while seen[new.casefold()]:
            seen[name.casefold()] += 1
            new = f"{path.stem} ({seen[name.casefold()]}){path.suffix}"
        seen[new.casefold()] += 1
        found.append(new)
    return found


class _Chunks(io.RawIOBase):
    """What has been written since it was last taken; it cannot go back."""

    def __init__(self) -> None:
        self._data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._data += data
        return len(data)

    def take(self) -> bytes:
        data = bytes(self._data)
        self._data.clear()
        return data
