"""A folder of images with captions in side-car text files.

    beach/dog.jpg
    beach/dog.txt        captions in English, one per line
    beach/dog.fr.txt     captions in French
    beach/dog.jpg.xmp    metadata; or dog.xmp

Subfolders are included, also those that are links; what links lead to is read once. What
`exclusion` leaves out is not looked at, and all other files are counted by their suffix.
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from visavis.datasets.base import DATASETS, NO_SPLIT, Caption, Dataset, Skipped
from visavis.datasets.exclusion import Exclusion
from visavis.datasets.text_files import read_lines
from visavis.embedded.sidecar import SUFFIX, sidecar_of
from visavis.errors import DatasetError, reason
from visavis.image_formats import IMAGE_SUFFIXES, VIDEO_SUFFIXES

MAX_BYTES = 1_000_000
"""Larger side-car texts are skipped: no image has a million letters of captions."""
_READ = IMAGE_SUFFIXES | VIDEO_SUFFIXES | {".txt", SUFFIX}
LANGUAGE = re.compile(r"(?P<stem>.+)\.(?P<lang>[a-z]{2,3})")


def read_folder(path: str, exclude: Sequence[str] = ()) -> Dataset:
    """Read all images below the folder at `path`, and their captions.

    `exclude` are rules as in gitignore, beside those in files called `.visavisignore`.
    Unreadable folders, and lines that are not UTF-8, are skipped. Raises DatasetError if the
    folder does not exist, or a rule cannot be read.
    """
    root = Path(path)
    if not root.is_dir():
        raise DatasetError(f"{root}: no such folder; expected one with images")
    images: dict[str, Path] = {}
    videos: list[Path] = []
    captions: list[Caption] = []
    sidecars: dict[str, Path] = {}
    skipped: list[Skipped] = []
    passed_over: Counter[str] = Counter()
    exclusion = Exclusion(root, exclude)
    for files in _folders(root, exclusion, skipped):
        suffixes = [file.suffix.lower() for file in files]
        by_suffix = list(zip(files, suffixes, strict=True))
        found = [file for file, suffix in by_suffix if suffix in IMAGE_SUFFIXES]
        videos += [file for file, suffix in by_suffix if suffix in VIDEO_SUFFIXES]
        stems = {file.stem for file in found}
        texts, unused = _texts([f for f, suffix in by_suffix if suffix == ".txt"], stems, skipped)
        beside = {file.stem: file for file, suffix in by_suffix if suffix == SUFFIX}
        used = _used(found, beside) if beside else {}
        passed_over.update(suffix for suffix in suffixes if suffix not in _READ)
        passed_over[".txt"] += unused
        passed_over[SUFFIX] += len(beside) - len(set(used.values()))
        sidecars |= {file.relative_to(root).as_posix(): there for file, there in used.items()}
        for file in found:
            key = file.relative_to(root).as_posix()
            images[key] = file
            lines = texts.get(file.stem, [])
            captions += [Caption(f"{key}#{n}", key, *line) for n, line in enumerate(lines)]
    splits = dict.fromkeys(images, NO_SPLIT)
    name = root.resolve().name
    return Dataset(
        name,
        images,
        tuple(captions),
        splits,
        tuple(skipped),
        passed_over=+passed_over,
        excluded=exclusion.excluded,
        videos=tuple(videos),
        sidecars=sidecars,
    )


def _used(images: list[Path], sidecars: Mapping[str, Path]) -> dict[Path, Path]:
    found = ((image, sidecar_of(image.name, sidecars)) for image in images)
    return {image: sidecar for image, sidecar in found if sidecar}


DATASETS.register("folder")(read_folder)


def _folders(root: Path, exclusion: Exclusion, skipped: list[Skipped]) -> Iterator[list[Path]]:
    """Yield the files of each folder, in alphabetical order."""

    def report(error: OSError) -> None:
        skipped.append(Skipped(error.filename, reason(error)))

    seen: set[tuple[int, int]] = set()
    starts = [str(root)]
    while starts:  # links come last, so that a folder is read under its own name if it has one
        for folder, inner, names in os.walk(starts.pop(0), onerror=report):
            status = Path(folder).stat()
            if (status.st_dev, status.st_ino) in seen:
                inner.clear()
                continue
            seen.add((status.st_dev, status.st_ino))
            exclusion.enter(folder, names)
            inner[:] = exclusion.kept(folder, inner, folders=True)
            paths = [os.path.join(folder, name) for name in inner]  # noqa: PTH118
            starts += filter(os.path.islink, paths)
            yield [Path(folder, name) for name in exclusion.kept(folder, names, folders=False)]


def _texts(
    files: list[Path], stems: set[str], skipped: list[Skipped]
) -> tuple[dict[str, list[tuple[str, str]]], int]:
    """Return pairs (text, language) by the stem of their image, and how many files have none."""
    texts: dict[str, list[tuple[str, str]]] = defaultdict(list)
    unused = 0
    for file in files:
        stem, lang = _stem_and_lang(file.stem, stems)
        if stem not in stems:
            unused += 1
            continue
        try:
            lines = read_lines(file, skipped, MAX_BYTES)
            texts[stem] += [(line.strip(), lang) for _, line in lines]
        except DatasetError as error:
            skipped.append(Skipped(str(file), str(error).removeprefix(f"{file}: ")))
    return texts, unused


def _stem_and_lang(name: str, stems: set[str]) -> tuple[str, str]:
    """Split `dog.fr` into stem and language, unless there is an image of that name."""
    match = LANGUAGE.fullmatch(name)
    if name in stems or not match:
        return name, "en"
    return match["stem"], match["lang"]
