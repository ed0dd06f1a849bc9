"""COCO captions: `captions_train2017.json` and the like.

Chen et al., Microsoft COCO Captions, 2015, https://arxiv.org/abs/1504.00325. One object with
`images` (`id`, `file_name`) and `annotations` (`image_id`, `caption`). The images are in a folder
named after the split (`val2017/`) or in images/, beside the file or one folder up.
"""

from __future__ import annotations

import re
from pathlib import Path

from visavis.datasets.base import DATASETS, NO_SPLIT, Caption, Dataset, Skipped
from visavis.datasets.image_files import ImageFolders
from visavis.datasets.json_files import field, read_json
from visavis.errors import DatasetError

_SPLIT = re.compile(r"(train|val|test)\d*")
_NAMES = {"train": "train", "val": "dev", "test": "test"}


@DATASETS.register("coco")
def read_coco(path: str) -> Dataset:
    """Read a COCO caption file; unusable entries are skipped.

    The split is taken from the file name. Raises DatasetError if it is not such a file.
    """
    file = Path(path)
    data = read_json(file)
    if not isinstance(data, dict) or not {"images", "annotations"} <= data.keys():
        raise DatasetError(f"{file}: not COCO captions: no 'images' and 'annotations' in it")
    found = _SPLIT.search(file.stem)
    split = found[0] if found else "images"
    folders = ImageFolders(file.parent, (split, "images", f"../{split}", "../images"))
    skipped: list[Skipped] = []
    images, keys = _images(file, data["images"], folders, skipped)
    captions: list[Caption] = []
    for number, entry in enumerate(data["annotations"]):
        try:
            captions.append(_caption(entry, number, keys))
        except ValueError as error:
            skipped.append(Skipped(f"{file}: annotations[{number}]", str(error)))
    splits = dict.fromkeys(images, _NAMES[found[1]] if found else NO_SPLIT)
    return Dataset(file.stem, images, tuple(captions), splits, tuple(skipped))


def _caption(entry: object, number: int, keys: dict[int, str]) -> Caption:
    key = keys.get(field(entry, "image_id", int))
    text = field(entry, "caption", str).strip()
    if key is None or not text:
        raise ValueError("its image is missing" if text else "empty caption")
    return Caption(f"{key}#{field(entry, 'id', int, number)}", key, text, "en")


def _images(
    file: Path, entries: list[object], folders: ImageFolders, skipped: list[Skipped]
) -> tuple[dict[str, Path], dict[int, str]]:
    """Return the files by key, and the keys by COCO image id."""
    images: dict[str, Path] = {}
    keys: dict[int, str] = {}
    for number, entry in enumerate(entries):
        try:
            key = field(entry, "file_name", str)
            images[key] = folders.find(key)
            keys[field(entry, "id", int)] = key
        except ValueError as error:
            skipped.append(Skipped(f"{file}: images[{number}]", str(error)))
    return images, keys
