"""Load a dataset by its path, or by `READER:PATH`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from visavis.datasets.base import DATASETS, Dataset, join
from visavis.datasets.columns import parse_columns
from visavis.datasets.crossmodal3600 import is_crossmodal
from visavis.datasets.json_files import read_json
from visavis.datasets.tables import is_csv
from visavis.errors import DatasetError

_BY_SUFFIX = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".parquet": "parquet",
    ".tar": "webdataset",
    ".token": "flickr30k",
}
_TABLES = ("csv", "tsv", "jsonl", "json", "parquet", "hf")
_BY_FILE = {
    "Flickr8k.token.txt": "flickr8k",
    "text/Flickr8k.token.txt": "flickr8k",
    "Flickr8k_text/Flickr8k.token.txt": "flickr8k",
    "*.token": "flickr30k",
    "results.csv": "flickr30k",
    "XTD10/test_image_names.txt": "xtd10",
    "test_image_names.txt": "xtd10",
    "*.tar": "webdataset",
}


def load_dataset(spec: Dataset | str | Path, columns: str = "") -> Dataset:
    """Load a dataset by its path, or by `READER:PATH` such as `flickr8k:data/flickr8k`.

    Without a reader, the layout is detected: a table, one of Karpathy's or COCO's JSON files,
    WebDataset shards, a Flickr folder, else a folder of images with side-car captions. `columns`,
    such as `image=filepath,text=title`, names the columns of a table. Raises DatasetError if
    there is no dataset, UnknownNameError for an unknown reader. A dataset is returned as it is,
    so that functions may take either.
    """
    if isinstance(spec, Dataset):
        return spec
    dataset = read_dataset(spec, columns)
    if not dataset.images:
        first = f"; {dataset.skipped[0]}" if dataset.skipped else ""
        raise DatasetError(f"{spec}: no usable image{first}")
    return dataset


def read_dataset(spec: str | Path, columns: str = "") -> Dataset:
    """Read a dataset like `load_dataset`, but return it also if none of its images is there."""
    name, path = _reader_and_path(str(spec))
    path = str(Path(path).expanduser())
    if columns and name not in _TABLES:
        raise DatasetError(f"{spec} has no columns; those are for {', '.join(_TABLES)}")
    options = {"columns": parse_columns(columns)} if columns else {}
    return DATASETS.get(name)(path, **options)


def load_datasets(
    specs: Dataset | str | Path | Sequence[Dataset | str | Path], columns: str = ""
) -> Dataset:
    """Load one dataset, or several and join them, each as `load_dataset` does."""
    given = [specs] if isinstance(specs, Dataset | str | Path) else specs
    return join([load_dataset(each, columns) for each in given])


def _reader_and_path(spec: str) -> tuple[str, str]:
    name, _, path = spec.partition(":")
    if path and name in DATASETS:
        return name, path
    bare = Path(spec).expanduser()
    if spec and bare.is_dir():
        table = bare / "captions.txt"  # Flickr8k on Kaggle, beside Images/
        return ("csv", str(table)) if is_csv(table) else (_folder_reader(bare), spec)
    if is_crossmodal(bare):
        return "crossmodal3600", spec
    if reader := _reader_of_suffix(bare):
        return reader, spec
    if bare.suffix.lower() == ".json" and bare.is_file():
        return _json_reader(bare), spec
    # One letter is a drive, as in C:\photos.
    if path and len(name) > 1 and name.isalnum():
        return name, path
    expected = "a folder of images, a .csv or .jsonl file, or READER:PATH"
    raise DatasetError(f"no dataset {spec!r}; expected {expected}: {', '.join(DATASETS.names())}")


def _reader_of_suffix(file: Path) -> str | None:
    suffix = file.suffix.lower()
    return "csv" if suffix == ".txt" and is_csv(file) else _BY_SUFFIX.get(suffix)


def _folder_reader(folder: Path) -> str:
    if is_crossmodal(folder):
        return "crossmodal3600"
    known = (name for pattern, name in _BY_FILE.items() if next(folder.glob(pattern), None))
    return next(known, "folder")


def _json_reader(file: Path) -> str:
    found = read_json(file)
    if isinstance(found, list):
        return "json"
    return "coco" if isinstance(found, dict) and "annotations" in found else "karpathy"
