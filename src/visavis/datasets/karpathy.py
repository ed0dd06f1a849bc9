"""Karpathy's splits: `dataset_flickr8k.json`, `dataset_flickr30k.json`, `dataset_coco.json`.

Karpathy and Fei-Fei, Deep Visual-Semantic Alignments for Generating Image Descriptions, 2015,
https://arxiv.org/abs/1412.2306. One object with a list `images`; each has `filename`, optionally
`filepath` (a folder), `split`, and `sentences` with their text in `raw`. The images are beside the
file, in images/ or one folder up.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from visavis.datasets.base import DATASETS, Caption, Dataset, Skipped
from visavis.datasets.image_files import ImageFolders
from visavis.datasets.json_files import field, read_json
from visavis.errors import DatasetError

SPLITS = {"val": "dev", "restval": "train"}
"""Our names for his splits; `restval` is the rest of COCO's validation images."""


@DATASETS.register("karpathy")
def read_karpathy(path: str) -> Dataset:
    """Read one of Karpathy's JSON files; unusable entries are skipped.

    Raises DatasetError if it is not such a file.
    """
    file = Path(path)
    data = read_json(file)
    entries = data.get("images") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        raise DatasetError(f"{file}: not one of Karpathy's files: no list 'images' in it")
    folders = ImageFolders(file.parent, ("images", "..", "../images"))
    images: dict[str, Path] = {}
    splits: dict[str, str] = {}
    captions: list[Caption] = []
    skipped: list[Skipped] = []
    for number, entry in enumerate(entries):
        where = f"{file}: images[{number}]"
        try:
            key = str(Path(field(entry, "filepath", str, ""), field(entry, "filename", str)))
            images[key] = folders.find(key)
            split = field(entry, "split", str, "none")
            splits[key] = SPLITS.get(split, split)
            captions += _captions(key, field(entry, "sentences", list))
        except ValueError as error:
            skipped.append(Skipped(where, str(error)))
    return Dataset(file.stem, images, tuple(captions), splits, tuple(skipped))


def _captions(key: str, sentences: list[Any]) -> list[Caption]:
    texts = [field(sentence, "raw", str).strip() for sentence in sentences]
    return [Caption(f"{key}#{n}", key, text, "en") for n, text in enumerate(texts) if text]
