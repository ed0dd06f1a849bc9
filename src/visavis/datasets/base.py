"""What every dataset reader returns: pictures with captions, languages and splits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Caption:
    """A text that describes the picture `image`.

    `key` names the caption within its dataset (`1000268201_693b08cb0e.jpg#0`, or
    `…#0@fr` in the second language of a dataset). A `machine` caption was translated by a
    program: good to learn from, never to measure against.
    """

    key: str
    image: str
    text: str
    lang: str
    machine: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that was skipped: where it stands and what is wrong with it."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Dataset:
    """Pictures (key → file), their captions in reading order, the split of each picture."""

    name: str
    images: Mapping[str, Path]
    captions: tuple[Caption, ...]
    splits: Mapping[str, str]
    problems: tuple[Problem, ...] = ()

    def select(self, split: str | None = None, lang: str | None = None) -> Dataset:
        """Keep the pictures of one split and the captions of one language.

        Pictures without a caption in that language stay: they are there to be found.
        Raises DatasetError, naming the splits or languages there are, for an unknown one.
        """
