"""The dataset: images with captions, languages and splits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from visavis.errors import DatasetError
from visavis.registry import Registry
from visavis.types import Metadata

NO_SPLIT = "none"
"""The split of images for which the dataset names none."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A text that describes the image `image`.

    `key` names the caption within its dataset (`1000268201_693b08cb0e.jpg#0`, or
    `…#0@fr` in the second language of a dataset). A `machine` caption was translated by a
    program: it may be trained on, but is never measured against.
    """

    key: str
    image: str
    text: str
    lang: str
    machine: bool = False


@dataclass(frozen=True, slots=True)
class ImageClass:
    """The class of an image, for classification: a label, and its names by language.

    Names are without an article: `{"en": "owl", "fr": "hibou"}`.
    """

    label: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row or file that was skipped: where it is, and why.

    `address` is the web address of an image that is not fetched yet: see `fetching`.
    """

    where: str
    reason: str
    address: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Dataset:
    """Images (key → file), their captions in file order, and the split of each image.

    Every image has a split, `none` if the dataset names none. `skipped` are the rows that the
    reader could not use; `passed_over` counts files that are neither images nor captions, by
    lower-case suffix; `excluded` has the paths that were left out, and the rule of each. `classes`
    holds the class of each image, or nothing if images have none. `videos` are there for `index`
    alone, and so are `metadata`, what a table says of an image, and `sidecars`, the XMP file beside
    an image, both by the key of the image.
    """

    name: str
    images: Mapping[str, Path]
    captions: tuple[Caption, ...]
    splits: Mapping[str, str]
    skipped: tuple[Skipped, ...] = ()
    passed_over: Mapping[str, int] = field(default_factory=dict)
    classes: Mapping[str, ImageClass] = field(default_factory=dict)
    excluded: Mapping[str, str] = field(default_factory=dict)
    videos: tuple[Path, ...] = ()
    metadata: Mapping[str, Metadata] = field(default_factory=dict)
    sidecars: Mapping[str, Path] = field(default_factory=dict)

    def __repr__(self) -> str:
        counts = f"{len(self.images):,} images, {len(self.captions):,} captions"
        return f"<Dataset {self.name!r}: {counts}>"

    def select(self, split: str | None = None, lang: str | None = None) -> Dataset:
        """Keep the images of one split and the captions of one language.

        Images without a caption in that language stay, as candidates of a search. Raises
        DatasetError for an unknown split or language.
        """
        _check("split", split, self.splits.values(), self.name)
        _check("language", lang, (caption.lang for caption in self.captions), self.name)
        images = {
            key: path
            for key, path in self.images.items()
            if split is None or self.splits[key] == split
        }
        captions = tuple(
            caption
            for caption in self.captions
            if caption.image in images and (lang is None or caption.lang == lang)
        )
        splits = {key: self.splits[key] for key in images}
        classes = {key: self.classes[key] for key in images if key in self.classes}
        return replace(self, images=images, captions=captions, splits=splits, classes=classes)


def join(datasets: Sequence[Dataset]) -> Dataset:
    """Return all images and captions of several datasets; keys begin with the dataset's number."""
    if len(datasets) == 1:
        return datasets[0]
    numbered = [(f"{number}:", each) for number, each in enumerate(datasets, start=1)]
    return Dataset(
        name="+".join(each.name for each in datasets),
        images={at + key: path for at, each in numbered for key, path in each.images.items()},
        captions=tuple(
            replace(caption, key=at + caption.key, image=at + caption.image)
            for at, each in numbered
            for caption in each.captions
        ),
        splits={at + key: split for at, each in numbered for key, split in each.splits.items()},
        skipped=tuple(row for each in datasets for row in each.skipped),
        passed_over=sum((Counter(each.passed_over) for each in datasets), Counter()),
        classes={at + key: own for at, each in numbered for key, own in each.classes.items()},
    )


def _check(what: str, wanted: str | None, present: Iterable[str], dataset: str) -> None:
    if wanted is None:
        return
    known = sorted(set(present))
    if wanted not in known:
        spelled = (f"{name} (no split named)" if name == NO_SPLIT else name for name in known)
        there = ", ".join(spelled) or "none at all"
        raise DatasetError(f"{dataset} has no {what} {wanted!r}; it has: {there}")


Reader: TypeAlias = Callable[[str], Dataset]
"""Reads the dataset at a path; raises DatasetError if nothing there can be read."""

DATASETS: Registry[Reader] = Registry("datasets")
