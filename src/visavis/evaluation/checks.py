"""Checks that refuse what would make a model look better than it is."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from visavis.errors import DatasetError, VisavisError
from visavis.evaluation.ranks import TIE, Scores
from visavis.types import Vectors

if TYPE_CHECKING:
    from visavis.datasets import Dataset

TRAINING = "train"
"""The split that models are trained on."""


def check_overlap(dataset: Dataset, split: str) -> None:
    """Raise DatasetError if an image of the split has the same content as a training image."""
    if split == TRAINING or TRAINING not in dataset.splits.values():
        return
    seen = _by_content(dataset.select(split=TRAINING).images.items())
    measured = _by_content(dataset.select(split=split).images.items())
    if shared := sorted(seen.keys() & measured.keys()):
        first = shared[0]
        raise DatasetError(
            f"{dataset.name}: {len(shared)} images of split {split!r} are also in {TRAINING!r}, "
            f"such as {measured[first]} = {seen[first]}; --allow-overlap measures all the same"
        )


def check_scores(scores: Scores) -> None:
    """Raise VisavisError for scores that are not finite, or all the same (a collapsed model)."""
    if not np.isfinite(scores).all():
        raise VisavisError("the model gives scores that are not numbers; it cannot be evaluated")
    if scores.size > 1 and float(np.ptp(scores)) < TIE:
        raise VisavisError("the model gives every image and text the same score (it collapsed)")


def check_vectors(vectors: Vectors, modality: str) -> None:
    """Raise VisavisError for vectors (n, dim) that are not finite, or all the same."""
    if not np.isfinite(vectors).all():
        raise VisavisError(f"the model gives {modality} vectors that are not numbers")
    if len(vectors) > 1 and float(np.ptp(vectors, axis=0).max()) < TIE:
        raise VisavisError(f"the model gives every {modality} the same vector (it collapsed)")


def _by_content(images: Iterable[tuple[str, Path]]) -> dict[str, str]:
    return {sha256(path.read_bytes()).hexdigest(): key for key, path in images}
