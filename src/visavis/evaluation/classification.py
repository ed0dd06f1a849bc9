"""Zero-shot classification: images against the names of their classes.

The vector of a class is the mean of the unit vectors of its prompts, brought to unit length; an
image belongs to the class with the nearest vector. Radford et al., Learning Transferable Visual
Models From Natural Language Supervision, 2021, https://arxiv.org/abs/2103.00020.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from visavis.datasets import Dataset, ImageClass, load_dataset
from visavis.datasets.prompts import TEMPLATES, prompts
from visavis.encoders import Encoder, load_encoder
from visavis.errors import DatasetError
from visavis.evaluation.bootstrap import Interval, mean_intervals
from visavis.evaluation.checks import check_overlap, check_vectors
from visavis.evaluation.embedding import encode_files
from visavis.evaluation.metrics import hit_at
from visavis.evaluation.qrels import text_to_image_qrels
from visavis.evaluation.ranks import Ranks, rank_vectors
from visavis.types import Vectors

CUTOFFS = (1, 5)


@dataclass(frozen=True, slots=True)
class ClassificationReport:
    """Ranks of the right class of each image of a split, by class names in one language.

    `ranks` has a query for each image; the candidates are all classes of the dataset.
    """

    dataset: str
    split: str
    lang: str
    model: str
    classes: tuple[str, ...]
    ranks: Ranks
    notes: tuple[str, ...] = ()

    def accuracy(self, k: int = 1) -> float:
        """Return the share of images with the right class among the first `k`, in percent."""
        return 100 * float(hit_at(k, self.ranks).mean())

    def interval(self, k: int = 1) -> Interval:
        """Return the 95 % bootstrap interval of `accuracy`, in percent."""
        hits = hit_at(k, self.ranks)[:, None]
        return mean_intervals(100 * hits, np.arange(len(hits)))[0]

    def to_json(self) -> dict[str, Any]:
        """Return what `visavis evaluate --task classify --json` prints."""
        return {
            "dataset": self.dataset,
            "split": self.split,
            "lang": self.lang,
            "images": len(self.ranks.queries),
            "classes": len(self.classes),
            "model": self.model,
            **{f"top-{k}": round(self.accuracy(k), 2) for k in CUTOFFS},
            "intervals": {
                f"top-{k}": [round(bound, 2) for bound in self.interval(k)] for k in CUTOFFS
            },
            "templates": list(TEMPLATES[self.lang]),
            "notes": list(self.notes),
        }


def evaluate_classification(
    model: Encoder | str | Path | None,
    dataset: Dataset | str | Path,
    split: str = "test",
    langs: Sequence[str] | None = None,
    *,
    allow_overlap: bool = False,
) -> list[ClassificationReport]:
    """Measure zero-shot classification; one report a language.

    `model` and `dataset` are as for `evaluate`. The classes are those of the whole dataset, in
    every language that has a name for each of them, or in those given. Raises DatasetError if
    images have no class, a class has no name in a given language, all have the same, or images of
    the split are also in the training split (unless `allow_overlap` is set).
    """
    dataset = load_dataset(dataset)
    chosen = dataset.select(split=split)
    classes = _classes(dataset)
    names = {lang: _names(dataset, classes, lang) for lang in langs or _langs(classes)}
    if not allow_overlap:
        check_overlap(dataset, split)
    row = {each.label: n for n, each in enumerate(classes)}
    keys = [key for key in chosen.images if key in chosen.classes]
    if not keys:
        raise DatasetError(f"{dataset.name}: no image of split {split!r} has a class")
    truth = np.array([row[chosen.classes[key].label] for key in keys])
    encoder = load_encoder(model)
    images = encode_files(encoder, [chosen.images[key] for key in keys])
    check_vectors(images, "image")
    return [
        ClassificationReport(
            dataset.name,
            split,
            lang,
            encoder.id,
            own,
            rank_vectors(images, encode_classes(encoder, own, lang), text_to_image_qrels(truth)),
            tuple(_notes(own, len(chosen.images) - len(keys))),
        )
        for lang, own in names.items()
    ]


def encode_classes(encoder: Encoder, names: Sequence[str], lang: str) -> Vectors:
    """Return a unit vector for each class name, the mean of its prompts: (names, dim).

    Raises VisavisError if the encoder gives all texts the same vector.
    """
    texts = [text for name in names for text in prompts(name, lang)]
    vectors = encoder.encode_texts(texts)
    check_vectors(vectors, "text")
    means = vectors.reshape(len(names), -1, vectors.shape[1]).mean(axis=1)
    unit: Vectors = means / np.linalg.norm(means, axis=1, keepdims=True)
    return unit


def _classes(dataset: Dataset) -> list[ImageClass]:
    """List the classes of a dataset by label."""
    classes = {each.label: each for each in dataset.classes.values()}
    if not classes:
        raise DatasetError(
            f"{dataset.name}: its images have no classes; read class folders as classes:FOLDER"
        )
    return [classes[label] for label in sorted(classes)]


def _langs(classes: Sequence[ImageClass]) -> list[str]:
    """List the languages that have templates and a name for every class, English if none."""
    langs = [lang for lang in TEMPLATES if all(lang in each.names for each in classes)]
    return langs or ["en"]


def _names(dataset: Dataset, classes: Sequence[ImageClass], lang: str) -> tuple[str, ...]:
    """Return the name of each class in a language."""
    if nameless := [each.label for each in classes if lang not in each.names]:
        raise DatasetError(
            f"{dataset.name}: {len(nameless):,} of {len(classes):,} classes have no name in "
            f"{lang!r}, such as {nameless[0]!r}; give it in classes.tsv"
        )
    names = tuple(each.names[lang] for each in classes)
    if len(set(names)) == 1:
        raise DatasetError(
            f"{dataset.name}: only one class ({names[0]!r}); to classify takes two or more"
        )
    return names


def _notes(names: Sequence[str], without_class: int) -> list[str]:
    """List what makes the figures easier or harder to reach than usual."""
    shared = [name for name, count in Counter(names).items() if count > 1]
    notes = []
    if without_class:
        notes.append(f"images left out, as they have no class: {without_class:,}")
    if len(names) <= max(CUTOFFS):
        notes.append(f"top-{max(CUTOFFS)} is always right: there are {len(names)} classes")
    if shared:
        notes.append(
            f"names of several classes, whose images count as wrong at top-1: {len(shared):,}, "
            f"such as {shared[0]!r}"
        )
    return notes
