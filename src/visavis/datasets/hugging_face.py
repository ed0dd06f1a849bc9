"""Datasets of the Hugging Face hub, or of the same form on disk: `hf:NAME` or `hf:FOLDER`.

NAME is `owner/name`, or `owner/name/CONFIGURATION`; FOLDER was written by `save_to_disk`, or is
what the library `datasets` loads. Images inside a dataset are unpacked once, into the cache;
those that it names by web address must have been fetched before.
"""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from visavis.datasets.base import DATASETS, Dataset, Skipped
from visavis.datasets.columns import find_columns
from visavis.datasets.tables import ColumnNames, Rows, collect_rows
from visavis.datasets.unpacking import unpacked_folder, with_file
from visavis.errors import DatasetError, MissingExtraError, first_line

SPLITS = {"validation": "dev", "val": "dev", "valid": "dev"}
_SAVED = ("dataset_dict.json", "state.json")
_NAME = re.compile(r"[\w.-]+(/[\w.-]+){0,2}")
_REPOSITORY_PARTS = 2
_EXPECTED = "expected owner/name of the hub, which needs the network once, or a folder"


@DATASETS.register("hf")
def read_hugging_face(path: str, columns: ColumnNames = None) -> Dataset:
    """Read all splits of a dataset; unusable rows are skipped.

    Columns are found as those of tables are; the image may also be the first column of images.
    A text may be a list of texts. Raises DatasetError if there is no such dataset or it has no
    such columns, MissingExtraError if the library is missing.
    """
    if not (_NAME.fullmatch(path) or Path(path).exists()):
        raise DatasetError(f"hf:{path}: {_EXPECTED}; there is no such folder")
    try:
        import datasets.arrow_dataset  # not just any folder called "datasets"

        import datasets
    except ImportError:
        raise MissingExtraError("Hugging Face datasets", "hf") from None
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
    try:
        loaded = _load(datasets, path)
    except Exception as error:
        raise DatasetError(f"hf:{path}: {_EXPECTED}; {first_line(error)[:200]}") from error
    parts = loaded if isinstance(loaded, Mapping) else {str(loaded.split or "none"): loaded}
    skipped: list[Skipped] = []
    rows = (row for split, part in parts.items() for row in _rows(path, split, part, columns))
    folders = [str(Path(path).resolve())] if Path(path).is_dir() else []
    return collect_rows(Path(path).name, unpacked_folder(), rows, skipped, folders)


def _load(datasets: Any, path: str) -> Any:
    folder = Path(path)
    if folder.exists():
        saved = any((folder / name).is_file() for name in _SAVED)
        return (datasets.load_from_disk if saved else datasets.load_dataset)(path)
    parts = path.split("/")
    name, configuration = "/".join(parts[:_REPOSITORY_PARTS]), parts[_REPOSITORY_PARTS:]
    with _offline_if_unreachable():
        return datasets.load_dataset(name, *configuration)


@contextmanager
def _offline_if_unreachable() -> Iterator[None]:
    """Take only what was downloaded earlier if the hub's host is unknown here.

    Otherwise the library would try for half a minute, with a warning each time.
    """
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    try:
        socket.getaddrinfo(urlsplit(constants.ENDPOINT).hostname, None)
    except OSError:
        constants.HF_HUB_OFFLINE = before or not getproxies()
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def _rows(path: str, split: str, part: Any, columns: ColumnNames) -> Rows:
    """Yield the rows of a split, with images in files."""
    import datasets

    pictured = [name for name, kind in part.features.items() if isinstance(kind, datasets.Image)]
    chosen = {"image": pictured[0]} if pictured else {}
    try:
        names = find_columns(part.column_names, {**chosen, **(columns or {})})
    except ValueError as error:
        known = ", ".join(part.column_names)
        raise DatasetError(f"hf:{path}: {error} among {known}; see --columns") from None
    if names["image"] in pictured:
        part = part.cast_column(names["image"], datasets.Image(decode=False))
    part = part.select_columns(list(names.values()))
    for number, row in enumerate(part):
        cells = {column: row[name] for column, name in names.items()}
        own = cells.get("split") or split
        cells["split"] = SPLITS.get(own, own)
        yield f"{path}: {split}[{number}]", with_file(cells)
