"""Tables of captions, one per row: CSV, TSV, JSON lines, a JSON list or Parquet.

The columns are `image`, `text` (a text, or a list of them), and optionally `lang` (English by
default) and `split`, or other common names such as `filepath` and `title`: see `columns`. Image
paths are relative to the folder of the table, or to a folder `images` in it; web addresses must
have been fetched before. Parquet may hold the images themselves, as the Hugging Face hub's does.
A row whose text is empty adds an image without a caption. Other columns, except those of Parquet,
are metadata of the image: of several rows the first value counts. The first line of a CSV file
names the columns; they are separated by commas, semicolons, tabs or bars.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from visavis.datasets.addresses import is_address
from visavis.datasets.base import DATASETS, NO_SPLIT, Caption, Dataset, Skipped
from visavis.datasets.columns import find_columns
from visavis.datasets.image_files import ImageFolders
from visavis.datasets.json_files import read_json
from visavis.datasets.own_columns import OTHERS, numbers_of, other_cells
from visavis.datasets.text_files import is_utf8, read_lines, read_text
from visavis.datasets.unpacking import unpacked_folder, with_file
from visavis.errors import DatasetError, MissingExtraError
from visavis.types import Metadata

Row: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Iterable[tuple[str, Row]]
"""Pairs of where a row is, such as `path:line`, and its cells by column."""

HEADER = 10_000  # characters
PARQUET_ROWS = 256  # read at a time: they may hold images

BESIDE = ("images", "Images", "flickr30k_images", "flickr30k-images")
"""Folders beside a table where its images may be, as those of Flickr8k and Flickr30k on Kaggle."""

ColumnNames: TypeAlias = Mapping[str, str] | None


@DATASETS.register("csv")
def read_csv(path: str, columns: ColumnNames = None) -> Dataset:
    """Read a table with a header line; unusable rows are skipped.

    `columns` names columns explicitly. Raises DatasetError if the file cannot be read, or its
    header has no image or text column.
    """
    return read_csv_with_images(path, columns=columns)


def read_csv_with_images(
    path: str, folders: Sequence[str] = BESIDE, columns: ColumnNames = None
) -> Dataset:
    """Read a table like `read_csv`, with images in one of the `folders` beside it."""
    skipped: list[Skipped] = []
    text = read_text(Path(path))
    delimiter = _delimiter(text.partition("\n")[0])
    rows = _csv_rows(Path(path), text, delimiter, columns, skipped)
    dataset = _collect(Path(path), rows, skipped, folders)
    # Where commas are for decimals, spreadsheets separate columns by semicolons.
    commas = delimiter == ";"
    return replace(dataset, metadata=numbers_of(dataset.metadata, decimal_commas=commas))


DATASETS.register("tsv")(read_csv)


@DATASETS.register("jsonl")
def read_jsonl(path: str, columns: ColumnNames = None) -> Dataset:
    """Read a file with one JSON object per line; unusable lines are skipped.

    Raises DatasetError if the file cannot be read.
    """
    skipped: list[Skipped] = []
    objects = _jsonl_objects(Path(path), skipped)
    return _collect(Path(path), _named(objects, columns, skipped), skipped)


@DATASETS.register("json")
def read_json_list(path: str, columns: ColumnNames = None) -> Dataset:
    """Read a file with a list of JSON objects; unusable ones are skipped.

    Raises DatasetError if the file cannot be read or is not a list.
    """
    found = read_json(Path(path))
    if not isinstance(found, list):
        raise DatasetError(f"{path}: not a list of objects with an image and a text")
    skipped: list[Skipped] = []
    objects = ((f"{path}[{number}]", each) for number, each in enumerate(found))
    return _collect(Path(path), _named(objects, columns, skipped), skipped)


@DATASETS.register("parquet")
def read_parquet(path: str, columns: ColumnNames = None) -> Dataset:
    """Read a Parquet file whose image column holds paths or images; unusable rows are skipped.

    Raises DatasetError if the file cannot be read, MissingExtraError if pyarrow is missing.
    """
    try:
        from pyarrow import ArrowException, parquet
    except ModuleNotFoundError:
        raise MissingExtraError("Parquet", "parquet") from None
    try:
        table = parquet.ParquetFile(path)
        names = find_columns(table.schema_arrow.names, columns)
    except (OSError, ArrowException) as error:
        raise DatasetError(f"{path}: not a Parquet file: {_first_line(error)}") from error
    except ValueError as error:
        raise DatasetError(f"{path}: {error} among {', '.join(table.schema_arrow.names)}") from None

    def rows() -> Iterator[tuple[str, Row]]:
        try:
            batches = table.iter_batches(PARQUET_ROWS, columns=list(names.values()))
            for number, row in enumerate(row for batch in batches for row in batch.to_pylist()):
                cells = with_file({column: row[name] for column, name in names.items()})
                yield f"{path}: row {number}", cells
        except (OSError, ArrowException) as error:
            raise DatasetError(f"{path}: damaged: {_first_line(error)}") from error

    return _collect(Path(path), rows(), [], [*BESIDE, str(unpacked_folder())])


def is_csv(path: Path) -> bool:
    """Whether a text file begins with a header line that names an image and a text column."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            first = file.readline(HEADER)
        find_columns(next(csv.reader([first], delimiter=_delimiter(first))))
    except (OSError, ValueError, csv.Error, StopIteration):
        return False
    return True


def _delimiter(header: str) -> str:
    return max(",;\t|", key=header.count)


def _csv_rows(
    path: Path, text: str, delimiter: str, columns: ColumnNames, skipped: list[Skipped]
) -> Iterator[tuple[str, Row]]:
    # Strict, or an unclosed quote would silently swallow the rest of the file.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names = _header(reader)
    try:
        found = find_columns(names, columns)
    except ValueError as error:
        expected = (
            "the first line must name the columns, image and text at least, if --columns does not"
        )
        raise DatasetError(
            f"{path}: {error}; {expected}; it reads {_first_line(text)[:60]!r}"
        ) from None
    skipped += [
        Skipped(f"{path}:1", f"{count} columns are called {name!r}; the first one counts")
        for name, count in Counter(names).items()
        if name and count > 1
    ]
    positions = {column: names.index(name) for column, name in found.items()}
    used = set(found.values())
    while True:
        where = f"{path}:{reader.line_num + 1}"
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            skipped.append(Skipped(where, str(error)))
            continue
        if len(cells) == len(names):
            by_name = dict(reversed(list(zip(names, cells, strict=True))))
            others = other_cells(by_name, used)
            yield where, {column: cells[n] for column, n in positions.items()} | {OTHERS: others}
        elif cells:
            fault = f"{len(cells)} columns where the header has {len(names)}"
            skipped.append(Skipped(where, fault))


def _header(reader: Iterator[list[str]]) -> list[str]:
    try:
        return [name.strip().lower() for name in next(reader, [])]
    except csv.Error:
        return []


def _jsonl_objects(path: Path, skipped: list[Skipped]) -> Iterator[tuple[str, Any]]:
    for where, line in read_lines(path, skipped):
        try:
            yield where, json.loads(line)
        except (ValueError, RecursionError) as error:
            skipped.append(Skipped(where, f"not JSON: {error}"))


def _named(
    objects: Iterable[tuple[str, Any]], columns: ColumnNames, skipped: list[Skipped]
) -> Iterator[tuple[str, Row]]:
    """Find the columns of each object: JSON lines may differ in their keys."""
    for where, row in objects:
        if not isinstance(row, dict):
            skipped.append(Skipped(where, "not a JSON object"))
            continue
        try:
            found = find_columns(row, columns)
        except ValueError as error:
            skipped.append(Skipped(where, str(error).replace("column ", "")))
            continue
        others = other_cells(row, set(found.values()))
        yield where, {column: row[name] for column, name in found.items()} | {OTHERS: others}


def _collect(
    table: Path, rows: Rows, skipped: list[Skipped], folders: Sequence[str] = BESIDE
) -> Dataset:
    return collect_rows(table.stem, table.parent, rows, skipped, folders)


def collect_rows(
    name: str, root: Path, rows: Rows, skipped: list[Skipped], folders: Sequence[str] = ()
) -> Dataset:
    """Make a dataset of rows with `image`, `text`, `lang` and `split`; unusable ones are skipped.

    Images are files below `root`, or in one of the `folders` beside or below it.
    """
    image_folders = ImageFolders(root, folders)
    images: dict[str, Path] = {}
    splits: dict[str, str] = {}
    captions: list[Caption] = []
    metadata: dict[str, Metadata] = {}
    counts: Counter[str] = Counter()
    for where, row in rows:
        try:
            image, texts, lang, split = _cells(row)
            path = images.get(image) or image_folders.find(image)
            splits[image] = _agreed(split, splits.get(image))
        except ValueError as error:
            skipped.append(Skipped(where, str(error), getattr(error, "address", "")))
            continue
        images[image] = path
        if others := row.get(OTHERS):
            metadata[image] = {**others, **metadata.get(image, {})}
        for text in texts:
            captions.append(Caption(f"{image}#{counts[image]}", image, text, lang))
            counts[image] += 1
    return Dataset(name, images, tuple(captions), splits, tuple(skipped), metadata=metadata)


def _cells(row: Row) -> tuple[str, list[str], str, str]:
    """Return image, texts if any, language, and split or ""; raise ValueError if it is unusable."""
    image, lang, split = (_text(row.get(column), column) for column in ("image", "lang", "split"))
    found = row.get("text")
    cells = found if isinstance(found, list) else [found]
    texts = [text for cell in cells if (text := _text(cell, "text"))]
    if not image:
        raise ValueError("no image")
    name = image if is_address(image) else Path(image).as_posix()
    return name, texts, lang.lower() or "en", split


def _text(cell: Any, column: str) -> str:
    if not isinstance(cell or "", str):
        raise ValueError(f"{column} is not a text: {cell!r}"[:100])  # noqa: TRY004
    if not is_utf8(cell or ""):
        raise ValueError(f"{column} is not UTF-8")
    return (cell or "").strip()


def _agreed(split: str, known: str | None) -> str:
    """Return the split of an image; raise ValueError if two rows name different ones."""
    if split and known not in (None, NO_SPLIT, split):
        raise ValueError(f"split {split!r}, but the image is already in {known!r}")
    return split or known or NO_SPLIT


def _first_line(text: object) -> str:
    return str(text).strip().split("\n")[0].strip()
