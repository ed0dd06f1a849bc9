"""Standard output: JSON for programs, tables for people."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from visavis.cli.language import translate

_STDERR = 2
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def set_up_streams() -> None:
    """Make any file name and caption printable in any encoding of the terminal.

    A stream that the caller has closed is replaced by the null device, so that no file opened
    later gets its file descriptor.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def without_noise() -> Iterator[None]:
    """Keep off stderr what libraries in C print there; our own messages arrive.

    libtiff, for one, tells of each damaged strip, but not in which file.
    """
    if not _is_stderr(sys.stderr):
        yield
        return
    sys.stderr.flush()
    kept, stream = os.dup(_STDERR), sys.stderr
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, _STDERR)
    os.close(null)
    sys.stderr = os.fdopen(kept, "w", 1, encoding=stream.encoding, errors=stream.errors)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, _STDERR)
        sys.stderr.close()
        sys.stderr = stream


def _is_stderr(stream: TextIO) -> bool:
    try:
        return stream.fileno() == _STDERR
    except (OSError, ValueError):  # a stream in memory, or closed
        return False


def discard_output() -> None:
    """Discard the rest of the output: the pipe was closed, or the disk is full."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(text: str, prefix: str = "") -> None:
    """Print a message in the user's language, after a prefix; at once, as programs wait for it."""
    print(f"{prefix}{translate(text)}", flush=True)


def tell(text: str, prefix: str = "") -> None:
    """Print a message to stderr in the user's language, after a prefix."""
    print(f"{prefix}{translate(text)}", file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """Print JSON; non-ASCII characters are escaped if the output is not UTF-8."""
    plain = (sys.stdout.encoding or "").lower() != "utf-8"
    print(json.dumps(value, ensure_ascii=plain, indent=2))


def print_paths(paths: Sequence[str], *, null: bool) -> None:
    """Print paths, one a line, or each ended by a null byte for `xargs -0`.

    They are written as the file system spells them, whatever the encoding of the output.
    """
    sys.stdout.flush()
    end = b"\0" if null else b"\n"
    sys.stdout.buffer.write(b"".join(os.fsencode(path) + end for path in paths))


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], title: str = "", style: str = "table"
) -> None:
    """Print rows under column names, numbers aligned to the right.

    A table on a terminal is wrapped to its width; in a pipe each row is one plain line. The style
    may also be `markdown` or `latex`.
    """
    cells = [[one_line(cell) for cell in row] for row in rows]
    right = [_is_number(column) for column in zip(*cells, strict=True)] or [False] * len(columns)
    if style != "table":
        from visavis.cli.paper_tables import STYLES

        print(STYLES[style](columns, cells, right, one_line(title)))
        return
    draw = _draw if sys.stdout.isatty() else _write
    if title:
        print(title)
    draw([translate(column) for column in columns], cells, right)


def _draw(columns: Sequence[str], rows: list[list[str]], right: list[bool]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=any(columns))
    for column, is_right in zip(columns, right, strict=True):
        table.add_column(column, justify="right" if is_right else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)


def _write(columns: Sequence[str], rows: list[list[str]], right: list[bool]) -> None:
    lines = [list(columns), *rows] if any(columns) else rows
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(line, widths, right, strict=True)
        ]
        print("  ".join(cells).rstrip())


def one_line(cell: str) -> str:
    """Remove line breaks and terminal control characters."""
    return _CONTROL.sub("", " ".join(cell.split()))


def _is_number(column: Sequence[str]) -> bool:
    return all(cell.replace(".", "").replace(",", "").lstrip("+-").isdigit() for cell in column)
