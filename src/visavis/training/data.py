"""The images and captions of the training and dev splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis.datasets import Dataset
from visavis.datasets.base import NO_SPLIT
from visavis.errors import TrainingError

DEV_NAMES = ("dev", "val", "validation", "valid")
HELD_OUT = 0.1  # of the images, where the dataset has no dev split
LEAST_IMAGES = 2

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Images, texts, and which image each text describes: a row of `paths`."""

    paths: list[Path]
    texts: list[str]
    langs: list[str]
    image_of_caption: Rows

    def of_language(self, lang: str) -> Rows:
        """Return the rows of the texts in one language."""
        return np.flatnonzero(np.array(self.langs) == lang)


@dataclass(frozen=True, slots=True)
class TrainingData:
    """The train split, the dev split that epochs are chosen by, and where dev comes from."""

    train: Pairs
    dev: Pairs
    note: str

    def __str__(self) -> str:
        train, dev = self.train, self.dev
        return (
            f"learning from {len(train.paths):,} images and {len(train.texts):,} captions; "
            f"{self.note}, {len(dev.paths):,} images and {len(dev.texts):,} captions"
        )


def read_pairs(dataset: Dataset, langs: Sequence[str] | None, seed: int) -> TrainingData:
    """Return the train and dev splits, with a tenth held out if the dataset has no dev split.

    Machine-translated captions are used for training only. Raises TrainingError if there is
    nothing to train on.
    """
    known = sorted({caption.lang for caption in dataset.captions})
    for lang in langs or ():
        if lang not in known:
            there = ", ".join(known) or "none"
            raise TrainingError(f"{dataset.name} has no captions in {lang!r}; languages: {there}")
    splits = set(dataset.splits.values())
    train_split = "train" if "train" in splits else NO_SPLIT
    dev_split = next((name for name in DEV_NAMES if name in splits), None)
    chosen = {image for image, split in dataset.splits.items() if split == train_split}
    if not chosen:
        raise TrainingError(
            f"{dataset.name} has no split 'train'; it has: {', '.join(sorted(splits))}"
        )
    captioned = sorted({c.image for c in dataset.captions if not langs or c.lang in langs} & chosen)
    if len(captioned) < LEAST_IMAGES:
        raise TrainingError(
            f"{dataset.name}: {len(captioned)} of {len(chosen)} training images have captions; "
            "at least 2 are needed, one to tell from the other"
        )
    if dev_split:
        held = {image for image, split in dataset.splits.items() if split == dev_split}
        note = f"dev: the split {dev_split!r}"
    else:
        count = max(1, round(HELD_OUT * len(captioned)))
        held = set(np.random.default_rng(seed).permutation(captioned)[:count].tolist())
        note = f"dev: {count:,} training images held out, as the dataset has no dev split"
        if len(captioned) - count < LEAST_IMAGES:
            held, note = chosen, "dev: the training images themselves, as there are so few"
    learned = chosen if held == chosen else chosen - held
    train = select_pairs(dataset, learned, langs, machine=True)
    dev = select_pairs(dataset, held, langs, machine=False)
    if not dev.texts:
        raise TrainingError(f"{dataset.name}: no dev image has a caption that a person wrote")
    return TrainingData(train, dev, note)


def select_pairs(
    dataset: Dataset, images: set[str], langs: Sequence[str] | None, *, machine: bool
) -> Pairs:
    """Return some images with their captions, machine-translated ones only if `machine`."""
    captions = [
        caption
        for caption in dataset.captions
        if caption.image in images
        and (not langs or caption.lang in langs)
        and (machine or not caption.machine)
    ]
    row_of = {key: row for row, key in enumerate(dict.fromkeys(c.image for c in captions))}
    return Pairs(
        [dataset.images[key] for key in row_of],
        [caption.text for caption in captions],
        [caption.lang for caption in captions],
        np.array([row_of[caption.image] for caption in captions], np.int64),
    )
