"""Crossmodal-3600: 3,600 photographs from all over the world, captioned in 36 languages.

Thapliyal et al., Crossmodal-3600: A Massively Multilingual Multimodal Evaluation Dataset, 2022,
https://arxiv.org/abs/2205.12522.

    FOLDER/captions.jsonl      {"image/key": …, "en": {"caption": [ … ]}, "fr": { … } … } a line
    FOLDER/images/KEY.jpg      or beside the file

All images are of the split `test`; captions were written by people, none is a translation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from visavis.datasets.base import DATASETS, Caption, Dataset, Skipped
from visavis.datasets.image_files import ImageFolders
from visavis.datasets.json_files import field
from visavis.datasets.text_files import is_utf8, read_lines
from visavis.errors import DatasetError

CAPTIONS = "captions.jsonl"
SPLIT = "test"
_KEY = "image/key"
_PEEK = 1 << 16


def is_crossmodal(path: Path) -> bool:
    """Tell whether a folder, or a file of captions, is that of Crossmodal-3600."""
    file = path / CAPTIONS if path.is_dir() else path
    if file.suffix != ".jsonl" or not file.is_file():
        return False
    with file.open("rb") as stream:
        return f'"{_KEY}"'.encode() in stream.readline(_PEEK)


@DATASETS.register("crossmodal3600")
def read_crossmodal3600(path: str) -> Dataset:
    """Read the captions in all languages; unusable lines and missing images are skipped.

    Raises DatasetError if it is not such a folder or file.
    """
    file = Path(path) / CAPTIONS if Path(path).is_dir() else Path(path)
    if not is_crossmodal(file):
        raise DatasetError(f"{file}: not Crossmodal-3600: no lines with {_KEY!r}")
    folders = ImageFolders(file.parent, ("images",))
    skipped: list[Skipped] = []
    images: dict[str, Path] = {}
    captions: list[Caption] = []
    for where, line in read_lines(file, skipped):
        try:
            row = json.loads(line)
            key = field(row, _KEY, str)
            images[key] = folders.find(f"{key}.jpg")
            captions += _captions(key, row)
        except (ValueError, RecursionError) as error:
            skipped.append(Skipped(where, str(error)))
    splits = dict.fromkeys(images, SPLIT)
    return Dataset("crossmodal3600", images, tuple(captions), splits, tuple(skipped))


def _captions(key: str, row: dict[str, Any]) -> Iterator[Caption]:
    """Yield the captions of an image in each language; other keys of the row hold no object."""
    for lang, found in row.items():
        if isinstance(found, dict):
            texts = [text.strip() for text in field(found, "caption", list) if _is_text(text)]
            for number, text in enumerate(filter(None, texts)):
                yield Caption(f"{key}#{number}@{lang}", key, text, lang)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and is_utf8(value)
