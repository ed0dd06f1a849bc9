"""Tables of captions: CSV with the columns `image,text[,lang,split]`, or JSON lines of the same.

Image paths are relative to the folder of the table. Without `lang` a caption is English,
without `split` an image is in none. Columns of other names are ignored. In CSV the first line
names the columns; commas, semicolons or tabs may separate them.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from visavis.datasets.base import NO_SPLIT, READERS, Caption, Dataset, Problem
from visavis.datasets.lines import is_utf8, read_lines, read_text
from visavis.errors import DatasetError

Row: TypeAlias = Mapping[str, Any]
COLUMNS = ("image", "text", "lang", "split")


@READERS.register("csv")
def read_csv(path: str) -> Dataset:
    """Read a table with a header line; rows that cannot be used become problems.

    Raises DatasetError when the file cannot be read or its header lacks `image` or `text`.
    """
    problems: list[Problem] = []
    return _dataset(Path(path), _csv_rows(Path(path), problems), problems)


@READERS.register("jsonl")
def read_jsonl(path: str) -> Dataset:
    """Read a file with one JSON object a line; lines that cannot be used become problems.

    Raises DatasetError when the file cannot be read.
    """
    problems: list[Problem] = []
    return _dataset(Path(path), _jsonl_rows(Path(path), problems), problems)


def _csv_rows(path: Path, problems: list[Problem]) -> Iterator[tuple[str, Row]]:
    text = read_text(path)
    first = text.partition("\n")[0]
    # Strict, or a quote that is never closed would swallow the rest of the file in silence.
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True
    )
    names = _header(reader)
    if not {"image", "text"} <= set(names):
        expected = "the first line must name the columns, image and text at least"
        raise DatasetError(f"{path}: {expected}; it reads {first.strip()[:60]!r}")
    while True:
        place = f"{path}:{reader.line_num + 1}"
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problems.append(Problem(place, str(error)))
            continue
        if len(cells) == len(names):
            yield place, dict(zip(names, cells, strict=True))
        elif cells:
            fault = f"{len(cells)} columns where the header has {len(names)}"
            problems.append(Problem(place, fault))


def _header(reader: Iterator[list[str]]) -> list[str]:
    try:
        return [name.strip().lower() for name in next(reader, [])]
    except csv.Error:
        return []


def _jsonl_rows(path: Path, problems: list[Problem]) -> Iterator[tuple[str, Row]]:
    for place, line in read_lines(path, problems):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            problems.append(Problem(place, f"not JSON: {error}"))
            continue
        if isinstance(row, dict):
            yield place, row
        else:
            problems.append(Problem(place, "not a JSON object"))


def _dataset(table: Path, rows: Iterable[tuple[str, Row]], problems: list[Problem]) -> Dataset:
    images: dict[str, Path] = {}
    splits: dict[str, str] = {}
    captions: list[Caption] = []
    counts: Counter[str] = Counter()
    for place, row in rows:
        try:
            image, text, lang, split = _cells(row)
            path = images.get(image) or _existing(table.parent / image)
            splits[image] = _agreed(split, splits.get(image))
        except ValueError as error:
            problems.append(Problem(place, str(error)))
            continue
        images[image] = path
        captions.append(Caption(f"{image}#{counts[image]}", image, text, lang))
        counts[image] += 1
    return Dataset(table.stem, images, tuple(captions), splits, tuple(problems))


def _cells(row: Row) -> tuple[str, str, str, str]:
    """Return image, text, language and split (or ""); raise ValueError for what is no use."""
    cells = [row.get(column) or "" for column in COLUMNS]
    for column, cell in zip(COLUMNS, cells, strict=True):
        if not isinstance(cell, str):
            raise ValueError(f"{column} is not a text: {cell!r}"[:100])  # noqa: TRY004
        if not is_utf8(cell):
            raise ValueError(f"{column} is not UTF-8")
    image, text, lang, split = (cell.strip() for cell in cells)
    if not (image and text):
        raise ValueError("no text" if image else "no image")
    return Path(image).as_posix(), text, lang.lower() or "en", split


def _agreed(split: str, known: str | None) -> str:
    """Return the split of an image; raise ValueError when two rows put it in different ones."""
    if split and known and split != known:
        raise ValueError(f"split {split!r}, but the image is already in {known!r}")
    return split or known or NO_SPLIT


def _existing(path: Path) -> Path:
    try:
        if path.is_file():
            return path
    except OSError:  # a name too long, a folder that may not be entered
        pass
    raise ValueError(f"no image {path}"[:300])
