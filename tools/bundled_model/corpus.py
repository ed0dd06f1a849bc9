"""The texts and images the bundled model learns from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from drawn import Drawing
from numpy.typing import NDArray

from visavis.datasets import Dataset
from visavis.images import open_image

SIDE = 224


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text and the English text that means the same (itself, when it is English)."""

    text: str
    english: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Training photographs, the captions of each, and sentence pairs without an image."""

    paths: list[Path]
    captions: list[list[str]]  # of each photograph, both languages
    sentences: list[Sentence]  # every caption that has an English equal, and all pairs
    pairs: list[tuple[str, str]]  # English, French


@dataclass(frozen=True, slots=True)
class Drawn:
    """Drawn images, what is said of each in both languages, and the images of each kind."""

    pixels: NDArray[np.uint8]
    captions: list[list[str]]
    sentences: list[Sentence]
    kinds: list[NDArray[np.int64]]

    @classmethod
    def of(cls, drawings: Sequence[Drawing]) -> Drawn:
        pairs = sorted({pair for drawing in drawings for pair in drawing.texts})
        kinds = np.array([drawing.kind for drawing in drawings])
        return cls(
            np.stack([drawing.pixels for drawing in drawings]),
            [[text for pair in drawing.texts for text in pair] for drawing in drawings],
            [Sentence(text, english) for english, french in pairs for text in (english, french)],
            [np.flatnonzero(kinds == kind) for kind in np.unique(kinds)],
        )


def read_corpus(dataset: Dataset, pairs_file: Path) -> Corpus:
    """Gather the train split of `dataset` and the tab-separated English–French pairs."""
    train = dataset.select(split="train")
    by_key = {caption.key: caption.text for caption in train.captions}
    captions: dict[str, list[str]] = {image: [] for image in train.images}
    sentences = []
    for caption in train.captions:
        captions[caption.image].append(caption.text)
        english = by_key.get(caption.key.partition("@")[0])
        if english:
            sentences.append(Sentence(caption.text, english))
    pairs = []
    for line in pairs_file.read_text("utf-8").splitlines():
        english, french = line.split("\t")
        pairs.append((english, french))
        sentences += [Sentence(english, english), Sentence(french, english)]
    return Corpus(list(train.images.values()), list(captions.values()), sentences, pairs)


def load_pixels(paths: list[Path]) -> NDArray[np.uint8]:
    """Decode all images into memory: (n, 224, 224, 3)."""
    pixels = np.empty((len(paths), SIDE, SIDE, 3), np.uint8)
    for row, path in enumerate(paths):
        pixels[row] = np.asarray(open_image(path).resize((SIDE, SIDE)))
    return pixels
