"""How a model is measured on a dataset: what is encoded, ranked against what, and counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from visavis.errors import DatasetError
from visavis.evaluation.metrics import (
    Ranks,
    Scores,
    check_scores,
    image_to_text_ranks,
    median_rank,
    recall_at,
    text_to_image_ranks,
)
from visavis.images import open_image
from visavis.types import Pixels, Vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visavis.datasets import Dataset
    from visavis.encoders import Encoder

RECALLS = (1, 5, 10)
BATCH = 64


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of one model on one split in one language, with what they were taken on."""

    dataset: str
    split: str
    lang: str
    images: int
    captions: int
    model: str
    image_to_text: Ranks
    text_to_image: Ranks

    def to_json(self) -> dict[str, Any]:
        """Return the stable form that `visavis evaluate --json` prints; recalls in percent."""
        return {
            "dataset": self.dataset,
            "split": self.split,
            "lang": self.lang,
            "images": self.images,
            "captions": self.captions,
            "model": self.model,
            "image_to_text": _figures(self.image_to_text),
            "text_to_image": _figures(self.text_to_image),
        }


def evaluate(
    encoder: Encoder, dataset: Dataset, split: str, langs: Sequence[str] | None = None
) -> list[Report]:
    """Measure retrieval both ways, one report a language (all the split has, by default).

    Every image of the split is a candidate in every language, described in it or not.
    Machine-translated captions are never measured against.
    """
    chosen = dataset.select(split=split)
    captions = [caption for caption in chosen.captions if not caption.machine]
    present = sorted({caption.lang for caption in captions})
    langs = langs or present
    if not langs or (missing := [lang for lang in langs if lang not in present]):
        wanted = f" in {', '.join(missing)}" if langs else ""
        raise DatasetError(
            f"{dataset.name}: no captions by people{wanted} for split {split!r}; "
            f"there are: {', '.join(present) or 'none'}"
        )
    images = encode_files(encoder, chosen.images.values())
    row_of = {key: row for row, key in enumerate(chosen.images)}
    reports = []
    for lang in langs:
        own = [caption for caption in captions if caption.lang == lang]
        owners = np.array([row_of[caption.image] for caption in own])
        scores = images @ encoder.encode_texts([caption.text for caption in own]).T
        ranks = rank_both_ways(scores, owners)
        reports.append(Report(dataset.name, split, lang, len(images), len(own), encoder.id, *ranks))
    return reports


def rank_both_ways(scores: Scores, owners: NDArray[np.int64]) -> tuple[Ranks, Ranks]:
    """Return the image-to-text and the text-to-image ranks of (images, texts) scores."""
    check_scores(scores)
    return image_to_text_ranks(scores, owners), text_to_image_ranks(scores, owners)


def encode_files(encoder: Encoder, paths: Iterable[Path]) -> Vectors:
    """Encode pictures from disk, decoding in threads ahead of the encoder: (n, dim)."""

    def load(path: Path) -> Pixels:
        return encoder.prepare(open_image(path, size=encoder.image_size))

    with ThreadPoolExecutor() as threads:
        parts = [
            encoder.encode_images(list(threads.map(load, batch))) for batch in _batches(list(paths))
        ]
    return np.concatenate(parts) if parts else np.empty((0, encoder.dim), np.float32)


def _batches(paths: list[Path]) -> Iterator[list[Path]]:
    for start in range(0, len(paths), BATCH):
        yield paths[start : start + BATCH]


def _figures(ranks: Ranks) -> dict[str, float]:
    recalls = {f"R@{k}": round(recall_at(k, ranks), 2) for k in RECALLS}
    return {**recalls, "median_rank": median_rank(ranks)}
