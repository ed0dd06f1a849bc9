"""A split of a dataset as a model sees it: the vectors that everything here is measured on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from visavis.errors import DatasetError
from visavis.evaluation.judgments import Indices
from visavis.evaluation.places import check_vectors
from visavis.images import open_image
from visavis.types import Pixels, Vectors

if TYPE_CHECKING:
    from visavis.datasets import Caption, Dataset
    from visavis.encoders import Encoder

BATCH = 64


@dataclass(frozen=True, slots=True)
class Embedded:
    """Images and the captions of one language, with their vectors.

    `images` is (len(keys), dim), `texts` is (len(captions), dim); `owners` (captions,) gives the
    number of the image that each caption describes.
    """

    dataset: str
    split: str
    lang: str
    model: str
    keys: tuple[str, ...]
    files: tuple[Path, ...]
    captions: tuple[Caption, ...]
    owners: Indices
    images: Vectors
    texts: Vectors

    def part(self, images: Indices) -> Embedded:
        """Keep some images, by number in ascending order, and their captions."""
        kept = np.flatnonzero(np.isin(self.owners, images))
        return replace(
            self,
            keys=tuple(self.keys[n] for n in images),
            files=tuple(self.files[n] for n in images),
            captions=tuple(self.captions[n] for n in kept),
            owners=np.searchsorted(images, self.owners[kept]),
            images=self.images[images],
            texts=self.texts[kept],
        )


def embed(
    encoder: Encoder, dataset: Dataset, split: str, langs: Sequence[str] | None = None
) -> list[Embedded]:
    """Encode a split, in each language asked for (all it has, by default).

    Every image of the split is a candidate in every language, described in it or not.
    Machine-translated captions are left out: they are never measured against. Raises
    DatasetError for a language nobody wrote in.
    """
    chosen = dataset.select(split=split)
    captions = captions_by_people(chosen)
    langs = _check_langs(dataset.name, split, langs, sorted({c.lang for c in captions}))
    keys, files = tuple(chosen.images), tuple(chosen.images.values())
    number = {key: n for n, key in enumerate(keys)}
    images = encode_files(encoder, files)
    check_vectors(images, "image")
    found = []
    for lang in langs:
        own = tuple(caption for caption in captions if caption.lang == lang)
        texts = encoder.encode_texts([caption.text for caption in own])
        check_vectors(texts, "text")
        owners = np.array([number[caption.image] for caption in own])
        found.append(
            Embedded(dataset.name, split, lang, encoder.id, keys, files, own, owners, images, texts)
        )
    return found


def captions_by_people(dataset: Dataset, lang: str | None = None) -> list[Caption]:
    """List the captions no program wrote, of one language or of all."""
    return [c for c in dataset.captions if not c.machine and lang in {None, c.lang}]


def encode_files(encoder: Encoder, paths: Iterable[Path]) -> Vectors:
    """Encode images from disk, decoding in threads ahead of the encoder: (n, dim)."""

    def load(path: Path) -> Pixels:
        return encoder.prepare(open_image(path, size=encoder.image_size))

    with ThreadPoolExecutor() as threads:
        parts = [
            encoder.encode_images(list(threads.map(load, batch))) for batch in _batches(list(paths))
        ]
    return np.concatenate(parts) if parts else np.empty((0, encoder.dim), np.float32)


def _check_langs(
    dataset: str, split: str, langs: Sequence[str] | None, present: list[str]
) -> Sequence[str]:
    langs = langs or present
    if not langs or (missing := [lang for lang in langs if lang not in present]):
        wanted = f" in {', '.join(missing)}" if langs else ""
        raise DatasetError(
            f"{dataset}: no captions by people{wanted} for split {split!r}; "
            f"there are: {', '.join(present) or 'none'}"
        )
    return langs


def _batches(paths: list[Path]) -> Iterator[list[Path]]:
    for start in range(0, len(paths), BATCH):
        yield paths[start : start + BATCH]
