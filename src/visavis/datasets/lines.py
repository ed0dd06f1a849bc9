"""Read a text file line by line, stepping over lines that are not UTF-8."""

from __future__ import annotations

from pathlib import Path

from visavis.datasets.base import Problem
from visavis.errors import DatasetError


def read_lines(path: Path, problems: list[Problem]) -> list[tuple[str, str]]:
    """Return the lines that hold something, each after its place, `name:number`.

    A line that is not UTF-8 is left out and appended to `problems`.
    Raises DatasetError when the file cannot be read.
    """
    try:
        data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise DatasetError(f"{path}: {error.strerror or error}") from error
    try:
        lines: list[str | None] = list(data.decode().split("\n"))
    except UnicodeDecodeError:
        lines = [_decode(line) for line in data.split(b"\n")]
    places = [f"{path.name}:{number}" for number in range(1, len(lines) + 1)]
    numbered = list(zip(places, lines, strict=True))
    problems += [Problem(place, "not UTF-8") for place, line in numbered if line is None]
    return [(place, line) for place, line in numbered if line and line.strip()]


def _decode(line: bytes) -> str | None:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return None
