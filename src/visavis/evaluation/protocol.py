"""The evaluation protocol: what is searched, with which queries, and in how many folds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from visavis.datasets import Dataset, load_dataset
from visavis.encoders import Encoder, load_encoder
from visavis.errors import DatasetError
from visavis.evaluation.checks import check_overlap, check_scores
from visavis.evaluation.embedding import EmbeddedSplit, embed_split
from visavis.evaluation.notes import find_notes
from visavis.evaluation.qrels import (
    Indices,
    image_to_text_qrels,
    text_to_image_qrels,
    text_to_text_qrels,
)
from visavis.evaluation.ranks import Ranks, Scores, concatenate, rank_scores, rank_vectors
from visavis.evaluation.report import Report
from visavis.evaluation.semantic_ranks import rank_semantically


def evaluate(
    model: Encoder | str | Path | None,
    dataset: Dataset | str | Path,
    split: str = "test",
    langs: Sequence[str] | None = None,
    *,
    folds: int = 1,
    relevance_model: str | None = None,
    allow_overlap: bool = False,
) -> list[Report]:
    """Measure retrieval in every direction; one report a language (by default, all of the split).

    `model` and `dataset` may be what `load_encoder` and `load_dataset` take: a name, a folder.
    With several folds, the images are dealt in order into that many parts of equal size, and each
    part is searched alone: COCO's 1K protocol is 5 folds. A relevance model, by name or folder,
    adds semantic figures (see `load_relevance_model`). Raises DatasetError if images of the split
    are also in the training split, unless `allow_overlap` is set.
    """
    if relevance_model and folds > 1:
        raise DatasetError(f"a relevance model needs the whole split; it cannot use {folds} folds")
    dataset = load_dataset(dataset)
    if not allow_overlap:
        check_overlap(dataset, split)
    splits = embed_split(load_encoder(model), dataset, split, langs)
    return [
        replace(
            measure(one, splits, folds=folds),
            notes=tuple(find_notes(dataset, one)),
            semantic=rank_semantically(one, dataset, relevance_model) if relevance_model else None,
        )
        for one in splits
    ]


def measure(
    embedded: EmbeddedSplit, others: Sequence[EmbeddedSplit] = (), *, folds: int = 1
) -> Report:
    """Rank every direction, texts also against the texts of `others`.

    `others` are the same images in other languages, and may include `embedded` itself.
    """
    langs = {one.lang: one for one in (embedded, *others)}
    texts = {lang: text_to_text(embedded, other) for lang, other in langs.items()}
    return Report(
        embedded,
        rank_folds(embedded, folds, image_to_text, of_images=True),
        rank_folds(embedded, folds, text_to_image),
        {lang: ranks for lang, ranks in texts.items() if len(ranks.queries)},
        folds,
    )


def image_to_text(embedded: EmbeddedSplit) -> Ranks:
    """Rank the captions for each image that has any."""
    return rank_vectors(embedded.images, embedded.texts, image_to_text_qrels(embedded.image_index))


def text_to_image(embedded: EmbeddedSplit) -> Ranks:
    """Rank the images for each caption."""
    return rank_vectors(embedded.texts, embedded.images, text_to_image_qrels(embedded.image_index))


def text_to_text(embedded: EmbeddedSplit, other: EmbeddedSplit) -> Ranks:
    """Rank the captions of `other` for each caption; a caption does not find itself."""
    if other.lang == embedded.lang:
        qrels = text_to_text_qrels(embedded.image_index)
        return rank_vectors(embedded.texts, embedded.texts, qrels, skip_self=True)
    qrels = text_to_text_qrels(embedded.image_index, other.image_index)
    return rank_vectors(embedded.texts, other.texts, qrels)


def rank_folds(
    embedded: EmbeddedSplit,
    folds: int,
    direction: Callable[[EmbeddedSplit], Ranks],
    *,
    of_images: bool = False,
) -> Ranks:
    """Rank each fold alone; `of_images` says that the queries are images, not texts."""
    if not 1 <= folds <= len(embedded.images):
        raise DatasetError(
            f"{folds} folds of {len(embedded.images)} images; expected 1 to {len(embedded.images)}"
        )
    parts = []
    for images in np.array_split(np.arange(len(embedded.images)), folds):
        rows = images if of_images else np.flatnonzero(np.isin(embedded.image_index, images))
        ranks = direction(embedded.subset(images) if folds > 1 else embedded)
        parts.append(replace(ranks, queries=rows[ranks.queries]))
    return concatenate(parts)


def rank_both_ways(scores: Scores, image_index: Indices) -> tuple[Indices, Indices]:
    """Return first ranks, image to text and text to image, of scores (images, texts).

    `image_index` (texts,) gives the image of each text. Raises VisavisError for scores that are
    not finite, or all the same.
    """
    check_scores(scores)
    qrels = image_to_text_qrels(image_index)
    to_text = rank_scores(scores[qrels.queries], qrels)
    return to_text.first, rank_scores(scores.T, text_to_image_qrels(image_index)).first
