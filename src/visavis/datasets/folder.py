"""A folder of images with captions in side-car text files.

    beach/dog.jpg
    beach/dog.txt        captions in English, one per line
    beach/dog.fr.txt     captions in French

Subfolders are included. Names that begin with a dot, and text files that belong to no image, are
ignored.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from visavis.datasets.base import DATASETS, NO_SPLIT, Caption, Dataset, Skipped
from visavis.datasets.text_files import read_lines
from visavis.errors import DatasetError, reason
from visavis.images import IMAGE_SUFFIXES

LANGUAGE = re.compile(r"(?P<stem>.+)\.(?P<lang>[a-z]{2,3})")


@DATASETS.register("folder")
def read_folder(path: str) -> Dataset:
    """Read all images below the folder at `path`, and their captions.

    Unreadable folders, and lines that are not UTF-8, are skipped. Raises DatasetError if the
    folder does not exist.
    """
    root = Path(path)
    if not root.is_dir():
        raise DatasetError(f"{root}: no such folder; expected one with images")
    images: dict[str, Path] = {}
    captions: list[Caption] = []
    skipped: list[Skipped] = []
    for files in _folders(root, skipped):
        found = [file for file in files if file.suffix.lower() in IMAGE_SUFFIXES]
        texts = _texts(files, {file.stem for file in found}, skipped)
        for file in found:
            key = file.relative_to(root).as_posix()
            images[key] = file
            lines = texts.get(file.stem, [])
            captions += [Caption(f"{key}#{n}", key, *line) for n, line in enumerate(lines)]
    splits = dict.fromkeys(images, NO_SPLIT)
    return Dataset(root.resolve().name, images, tuple(captions), splits, tuple(skipped))


def _folders(root: Path, skipped: list[Skipped]) -> Iterator[list[Path]]:
    """Yield the files of each folder, in alphabetical order."""

    def report(error: OSError) -> None:
        skipped.append(Skipped(error.filename, reason(error)))

    for folder, inner, names in os.walk(root, onerror=report):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        yield [Path(folder, name) for name in sorted(names) if not name.startswith(".")]


def _texts(
    files: list[Path], stems: set[str], skipped: list[Skipped]
) -> dict[str, list[tuple[str, str]]]:
    """Return pairs (text, language) by the stem of their image."""
    texts: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for file in files:
        if file.suffix.lower() != ".txt":
            continue
        stem, lang = _stem_and_lang(file.stem, stems)
        if stem not in stems:
            continue
        try:
            texts[stem] += [(line.strip(), lang) for _, line in read_lines(file, skipped)]
        except DatasetError as error:
            skipped.append(Skipped(str(file), str(error).removeprefix(f"{file}: ")))
    return texts


def _stem_and_lang(name: str, stems: set[str]) -> tuple[str, str]:
    """Split `dog.fr` into stem and language, unless there is an image of that name."""
    match = LANGUAGE.fullmatch(name)
    if name in stems or not match:
        return name, "en"
    return match["stem"], match["lang"]
