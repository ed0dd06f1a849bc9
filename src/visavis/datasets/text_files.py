"""Text files in UTF-8, and what to do about bytes that are not."""

from __future__ import annotations

from pathlib import Path

from visavis.datasets.base import Skipped
from visavis.errors import DatasetError, reason


def read_text(path: Path) -> str:
    """Read a file without its byte order mark; bytes that are not UTF-8 become surrogates.

    Check with `is_utf8`. Raises DatasetError if the file cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path}: {reason(error)}") from error
    return data.removeprefix(b"\xef\xbb\xbf").decode(errors="surrogateescape")


def is_utf8(text: str) -> bool:
    """Whether a text can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_size(path: Path, most: int) -> None:
    """Raise DatasetError for a file that is too large, or cannot be looked at."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise DatasetError(f"{path}: {reason(error)}") from error
    if size > most:
        raise DatasetError(
            f"{path}: has {size / 1e6:,.0f} MB; at most {most / 1e6:,.0f} MB are read"
        )


def read_lines(path: Path, skipped: list[Skipped]) -> list[tuple[str, str]]:
    """Return pairs (`path:number`, line) of all lines that are not blank.

    A line that is not UTF-8 is appended to `skipped` instead. Raises DatasetError if the file
    cannot be read.
    """
    lines = []
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not is_utf8(line):
            skipped.append(Skipped(f"{path}:{number}", "not UTF-8"))
        elif line.strip():
            lines.append((f"{path}:{number}", line))
    return lines
