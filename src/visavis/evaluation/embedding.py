"""A split of a dataset with the vectors of a model, which all figures are computed from."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from visavis.errors import DatasetError
from visavis.evaluation.checks import check_vectors
from visavis.evaluation.qrels import Indices
from visavis.threads import map_ahead
from visavis.types import Vectors

if TYPE_CHECKING:
    from visavis.datasets import Caption, Dataset
    from visavis.encoders import Encoder

BATCH = 64


@dataclass(frozen=True, slots=True)
class EmbeddedSplit:
    """The images of a split and its captions in one language, with their vectors.

    `images` is (len(keys), dim), `texts` is (len(captions), dim); `image_index` (captions,)
    gives the row of the image that each caption describes.
    """

    dataset: str
    split: str
    lang: str
    model: str
    keys: tuple[str, ...]
    files: tuple[Path, ...]
    captions: tuple[Caption, ...]
    image_index: Indices
    images: Vectors
    texts: Vectors

    def subset(self, images: Indices) -> EmbeddedSplit:
        """Keep the images of the given rows, in ascending order, and their captions."""
        kept = np.flatnonzero(np.isin(self.image_index, images))
        return replace(
            self,
            keys=tuple(self.keys[n] for n in images),
            files=tuple(self.files[n] for n in images),
            captions=tuple(self.captions[n] for n in kept),
            image_index=np.searchsorted(images, self.image_index[kept]),
            images=self.images[images],
            texts=self.texts[kept],
        )


def embed_split(
    encoder: Encoder, dataset: Dataset, split: str, langs: Sequence[str] | None = None
) -> list[EmbeddedSplit]:
    """Encode a split in each of the languages (by default, all it has).

    Every image of the split is a candidate in every language, with a caption in it or not.
    Machine-translated captions are left out. Raises DatasetError for a language with no
    human-written captions, VisavisError if all vectors of a modality are the same.
    """
    chosen = dataset.select(split=split)
    captions = human_captions(chosen)
    langs = _check_langs(dataset.name, split, langs, sorted({c.lang for c in captions}))
    keys, files = tuple(chosen.images), tuple(chosen.images.values())
    row = {key: n for n, key in enumerate(keys)}
    images = encode_files(encoder, files)
    check_vectors(images, "image")
    splits = []
    for lang in langs:
        own = tuple(caption for caption in captions if caption.lang == lang)
        texts = encoder.encode_texts([caption.text for caption in own])
        check_vectors(texts, "text")
        index = np.array([row[caption.image] for caption in own])
        splits.append(
            EmbeddedSplit(
                dataset.name, split, lang, encoder.id, keys, files, own, index, images, texts
            )
        )
    return splits


def human_captions(dataset: Dataset, lang: str | None = None) -> list[Caption]:
    """List the captions that were not machine-translated, in one language or in all."""
    return [c for c in dataset.captions if not c.machine and lang in {None, c.lang}]


def encode_files(encoder: Encoder, paths: Iterable[Path]) -> Vectors:
    """Encode images from disk, decoded in threads ahead of the encoder: (n, dim)."""
    vectors = [np.empty((0, encoder.dim), np.float32)]
    threads = os.cpu_count() or 1
    with closing(map_ahead(encoder.prepare, paths, threads=threads, ahead=BATCH)) as images:
        while batch := list(islice(images, BATCH)):
            vectors.append(encoder.encode_images(batch))
    return np.concatenate(vectors)


def _check_langs(
    dataset: str, split: str, langs: Sequence[str] | None, present: list[str]
) -> Sequence[str]:
    langs = langs or present
    if not langs or (missing := [lang for lang in langs if lang not in present]):
        wanted = f" in {', '.join(missing)}" if langs else ""
        raise DatasetError(
            f"{dataset}: no human-written captions{wanted} for split {split!r}; "
            f"there are: {', '.join(present) or 'none'}"
        )
    return langs
