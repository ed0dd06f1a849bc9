"""Tables of texts beside a dataset: texts of one meaning, names of classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from visavis.errors import TrainingError, reason
from visavis.image_formats import IMAGE_SUFFIXES
from visavis.training.data import Rows
from visavis.training.materials import MATERIALS


@dataclass(frozen=True)
class EqualTexts:
    """Lines of texts with one meaning, in one language or several; the first stands for all."""

    lines: list[tuple[str, ...]]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a table of texts separated by tabs. Raises TrainingError."""
        return cls([texts for _, texts in _lines(path, "a text, a tab and its translation")])

    @cached_property
    def first(self) -> dict[str, str]:
        """The first text of each line by the others; an earlier line goes before a later one."""
        found: dict[str, str] = {}
        for first, *others in self.lines:
            for other in others:
                found.setdefault(other, first)
        return found


@dataclass(frozen=True)
class ClassNames:
    """Names of classes: texts, and the class number of each."""

    texts: list[str]
    classes: Rows
    lines: list[tuple[str, ...]]

    @classmethod
    def read(cls, path: Path, number_of: Mapping[str, int] | None = None) -> Self:
        """Read a table of a class and its names a line, separated by tabs.

        Classes are numbers, from 0, or those that `number_of` gives labels. Raises TrainingError.
        """
        texts, classes, lines = [], [], []
        for where, (label, *names) in _lines(path, "a class, a tab and its name"):
            number = _number(label) if number_of is None else number_of.get(label)
            if number is None or not names:
                raise TrainingError(f"{where}: expected a class, a tab and its name")
            texts += names
            classes += [number] * len(names)
            lines.append(tuple(names))
        return cls(texts, np.array(classes, np.int64), lines)

    def check(self, count: int) -> None:
        """Raise TrainingError if a class is not one of the first `count`."""
        if self.classes.max() >= count:
            raise TrainingError(
                f"data.classes names class {self.classes.max()}, but the classifier's are "
                f"0 to {count - 1}"
            )


@dataclass(frozen=True)
class DrawnClasses:
    """Drawn images in one folder per class, and the names of the classes in `names.tsv`."""

    labels: list[str]
    paths: list[Path]
    classes: Rows
    names: ClassNames

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the folders and `names.tsv`. Raises TrainingError."""
        if not folder.is_dir():
            raise TrainingError(f"{folder}: no such folder of drawn images")
        labels = sorted(each.name for each in folder.iterdir() if each.is_dir())
        paths = [sorted(p for p in (folder / label).iterdir() if _is_image(p)) for label in labels]
        empty = [label for label, own in zip(labels, paths, strict=True) if not own]
        if empty or not labels:
            raise TrainingError(f"{folder / ''.join(empty[:1])}: no images in it")
        number_of = {label: number for number, label in enumerate(labels)}
        names = ClassNames.read(folder / "names.tsv", number_of)
        if missing := set(number_of.values()) - set(names.classes.tolist()):
            raise TrainingError(f"{folder / 'names.tsv'}: no name of {labels[min(missing)]!r}")
        classes = np.repeat(np.arange(len(labels)), [len(own) for own in paths])
        return cls(labels, [path for own in paths for path in own], classes, names)


MATERIALS.register("pairs")(EqualTexts.read)
MATERIALS.register("classes")(ClassNames.read)
MATERIALS.register("drawn")(DrawnClasses.read)


def texts_without_images(materials: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return all texts of a run that have no image, those of one meaning together."""
    lines: list[tuple[str, ...]] = []
    if "pairs" in materials:
        lines += materials["pairs"].lines
    if "classes" in materials:
        lines += materials["classes"].lines
    if "drawn" in materials:
        lines += materials["drawn"].names.lines
    return lines


def vocabulary_texts(materials: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the texts of a run that have no image, and among them the names of its classes."""
    names = [materials["classes"]] if "classes" in materials else []
    names += [materials["drawn"].names] if "drawn" in materials else []
    pairs = materials["pairs"].lines if "pairs" in materials else []
    others = [text for line in pairs for text in line]
    return others, [text for each in names for text in each.texts]


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES


def _number(label: str) -> int | None:
    return int(label) if label.isdecimal() else None


def _lines(path: Path, expected: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return where each line is, for messages, and its texts."""
    try:
        content = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = reason(error) if isinstance(error, OSError) else "not UTF-8"
        raise TrainingError(f"{path}: {why}") from None
    found = []
    for number, line in enumerate(content.splitlines(), start=1):
        texts = tuple(text.strip() for text in line.split("\t"))
        if not all(texts):
            raise TrainingError(f"{path}, line {number}: an empty text; expected {expected}")
        found.append((f"{path}, line {number}", texts))
    if not found:
        raise TrainingError(f"{path}: empty; expected {expected} on each line")
    return found
