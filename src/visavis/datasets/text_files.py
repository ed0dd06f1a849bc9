"""Text files in UTF-8, and what to do about bytes that are not."""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path

from visavis.datasets.base import Skipped
from visavis.errors import DatasetError, reason

_CHUNK = 1 << 16


def read_text(path: Path, most: int | None = None) -> str:
    """Read a file without its byte order mark; bytes that are not UTF-8 become surrogates.

    Check with `is_utf8`. Raises DatasetError if the file cannot be read, is in UTF-16, or has more
    bytes than `most`.
    """
    try:
        data = path.read_bytes() if most is None else _read_up_to(path, most + 1)
    except OSError as error:
        raise DatasetError(f"{path}: {reason(error)}") from error
    if most is not None and len(data) > most:
        raise DatasetError(f"{path}: more than {most / 1e6:,.0f} MB of text; not read")
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise DatasetError(f"{path}: a text in UTF-16; save it in UTF-8")
    return data.removeprefix(BOM_UTF8).decode(errors="surrogateescape")


def _read_up_to(path: Path, count: int) -> bytes:
    """Read the beginning of a file; of a small one with fewer system calls than `read_bytes`."""
    with path.open("rb", buffering=0) as file:
        data = file.read(_CHUNK)
        return data + file.read(count - _CHUNK) if len(data) == _CHUNK else data


def is_utf8(text: str) -> bool:
    """Whether a text can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_lines(
    path: Path, skipped: list[Skipped], most: int | None = None
) -> list[tuple[str, str]]:
    """Return pairs (`path:number`, line) of all lines that are not blank.

    A line that is not UTF-8 is appended to `skipped` instead. Raises DatasetError if the file
    cannot be read, or has more bytes than `most`.
    """
    lines = []
    for number, line in enumerate(read_text(path, most).split("\n"), 1):
        if not is_utf8(line):
            skipped.append(Skipped(f"{path}:{number}", "not UTF-8"))
        elif line.strip():
            lines.append((f"{path}:{number}", line))
    return lines
