"""How a model is measured on a dataset: what is ranked against what, and counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from visavis.errors import DatasetError
from visavis.evaluation.embedded import Embedded, embed
from visavis.evaluation.figures import STABLE, figures, with_intervals
from visavis.evaluation.guards import check_overlap, find_notes
from visavis.evaluation.judgments import (
    Indices,
    images_of_texts,
    texts_of_images,
    texts_of_texts,
)
from visavis.evaluation.metrics import recall_sum
from visavis.evaluation.places import Places, Scores, check_scores, find_places, join, rank
from visavis.evaluation.semantic import Semantic, judge_by_meaning

if TYPE_CHECKING:
    from visavis.datasets import Dataset
    from visavis.encoders import Encoder


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of one model on one split in one language, with what they were taken on.

    `text_to_text` holds the search for the other captions of the same image, by the language of
    the captions searched; `semantic` the figures of a judge of texts, if one was asked.
    """

    subject: Embedded
    image_to_text: Places
    text_to_image: Places
    text_to_text: Mapping[str, Places]
    folds: int = 1
    notes: tuple[str, ...] = ()
    semantic: Semantic | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the stable form, without intervals; recalls in percent."""
        return {
            **self._facts(),
            "image_to_text": _stable(self.image_to_text),
            "text_to_image": _stable(self.text_to_image),
        }

    def details(self) -> dict[str, Any]:
        """Return all that `visavis evaluate --json` prints: `to_json()` and more of each key."""
        ranks = self.image_to_text.ranks, self.text_to_image.ranks
        texts = {lang: self._of_texts(places) for lang, places in self.text_to_text.items()}
        return {
            **self._facts(),
            "image_to_text": with_intervals(self.image_to_text, self.image_to_text.queries),
            "text_to_image": self._of_texts(self.text_to_image),
            "text_to_text": texts,
            "recall_sum": round(recall_sum(*ranks), 2),
            "folds": self.folds,
            "notes": list(self.notes),
            **({"semantic": self.semantic.to_json()} if self.semantic else {}),
        }

    def _of_texts(self, places: Places) -> dict[str, Any]:
        return with_intervals(places, self.subject.owners[places.queries])

    def _facts(self) -> dict[str, Any]:
        return {
            "dataset": self.subject.dataset,
            "split": self.subject.split,
            "lang": self.subject.lang,
            "images": len(self.subject.keys),
            "captions": len(self.subject.captions),
            "model": self.subject.model,
        }


def evaluate(
    encoder: Encoder,
    dataset: Dataset,
    split: str,
    langs: Sequence[str] | None = None,
    *,
    folds: int = 1,
    judge: str | None = None,
    allow_overlap: bool = False,
) -> list[Report]:
    """Measure retrieval each way, one report a language (all the split has, by default).

    With several folds the images are dealt in order into that many parts of one size, each of
    them searched alone, as COCO's 1K protocol does with 5. A judge (see `judges`) adds figures
    by meaning. Raises DatasetError if images of the split are also in the training split,
    unless that is allowed.
    """
    if judge and folds > 1:
        raise DatasetError(f"a judge looks at the whole split; {folds} folds are not for it")
    if not allow_overlap:
        check_overlap(dataset, split)
    embedded = embed(encoder, dataset, split, langs)
    return [
        replace(
            measure(one, embedded, folds=folds),
            notes=tuple(find_notes(dataset, one)),
            semantic=judge_by_meaning(one, dataset, judge) if judge else None,
        )
        for one in embedded
    ]


def measure(embedded: Embedded, others: Sequence[Embedded] = (), *, folds: int = 1) -> Report:
    """Rank every way, and texts against texts of the same image in each of the others' languages.

    `others` are the same images in other languages; it may hold `embedded` itself.
    """
    langs = {one.lang: one for one in (embedded, *others)}
    return Report(
        embedded,
        in_folds(embedded, folds, image_to_text, of_images=True),
        in_folds(embedded, folds, text_to_image),
        _answered({lang: text_to_text(embedded, other) for lang, other in langs.items()}),
        folds,
    )


def image_to_text(embedded: Embedded) -> Places:
    """Place the captions of each image that has some."""
    return rank(embedded.images, embedded.texts, texts_of_images(embedded.owners))


def text_to_image(embedded: Embedded) -> Places:
    """Place the image of each caption."""
    return rank(embedded.texts, embedded.images, images_of_texts(embedded.owners))


def text_to_text(embedded: Embedded, other: Embedded) -> Places:
    """Place the captions of the same image in the other's language, the query itself excepted."""
    if other.lang == embedded.lang:
        judgments = texts_of_texts(embedded.owners)
        return rank(embedded.texts, embedded.texts, judgments, skip_self=True)
    return rank(embedded.texts, other.texts, texts_of_texts(embedded.owners, other.owners))


def in_folds(
    embedded: Embedded, folds: int, way: Callable[[Embedded], Places], *, of_images: bool = False
) -> Places:
    """Search each fold alone; `of_images` tells that the queries are images, not texts."""
    if not 1 <= folds <= len(embedded.images):
        raise DatasetError(f"{folds} folds of {len(embedded.images)} images; from 1 to that many")
    parts = []
    for images in np.array_split(np.arange(len(embedded.images)), folds):
        numbers = images if of_images else np.flatnonzero(np.isin(embedded.owners, images))
        places = way(embedded.part(images) if folds > 1 else embedded)
        parts.append(replace(places, queries=numbers[places.queries]))
    return join(parts)


def rank_both_ways(scores: Scores, owners: Indices) -> tuple[Indices, Indices]:
    """Return the image-to-text and the text-to-image ranks of (images, texts) scores."""
    check_scores(scores)
    judged = texts_of_images(owners)
    to_text = find_places(scores[judged.queries], judged)
    return to_text.ranks, find_places(scores.T, images_of_texts(owners)).ranks


def _stable(places: Places) -> dict[str, float]:
    found = figures(places)
    return {name: found[name] for name in STABLE}


def _answered(ways: dict[str, Places]) -> dict[str, Places]:
    """Drop the ways in which no query has an answer."""
    return {lang: places for lang, places in ways.items() if len(places.queries)}
