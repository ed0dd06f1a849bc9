"""From what a user types to a dataset."""

from __future__ import annotations

from pathlib import Path

from visavis.datasets.base import READERS, Dataset
from visavis.errors import DatasetError


def load_dataset(spec: str) -> Dataset:
    """Read a dataset named as `reader:path`, such as `flickr8k:data/flickr8k`.

    A path alone will do for a `.csv` or `.jsonl` file and for a folder of images. Raises
    DatasetError when nothing is found there, UnknownNameError for an unknown reader.
    """
    name, path = _reader_and_path(spec)
    dataset = READERS.get(name)(str(Path(path).expanduser()))
    if not dataset.images:
        first = f"; {dataset.problems[0]}" if dataset.problems else ""
        raise DatasetError(f"{path}: no image that can be used{first}")
    return dataset


def _reader_and_path(spec: str) -> tuple[str, str]:
    name, _, path = spec.partition(":")
    if path and name in READERS:
        return name, path
    bare = Path(spec).expanduser()
    if bare.suffix.lower() in (".csv", ".jsonl"):
        return bare.suffix.lower()[1:], spec
    if spec and bare.is_dir():
        return "folder", spec
    # One letter is a drive, as in C:\photos.
    if path and len(name) > 1 and name.isalnum():
        return name, path
    expected = "a folder of images, a .csv or .jsonl file, or READER:PATH"
    raise DatasetError(f"no dataset {spec!r}; expected {expected}: {', '.join(READERS.names())}")
