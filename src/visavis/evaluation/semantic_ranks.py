"""Semantic figures: captions that mean the same as an image's own are relevant too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from visavis.errors import VisavisError
from visavis.evaluation.checks import check_vectors
from visavis.evaluation.embedding import EmbeddedSplit, human_captions
from visavis.evaluation.qrels import Indices
from visavis.evaluation.ranks import Ranks, rank_vectors
from visavis.evaluation.relevance_models import RelevanceModel, load_relevance_model
from visavis.evaluation.semantic_qrels import (
    RATE,
    Calibration,
    RelevantPairs,
    choose_threshold,
    find_relevant,
)
from visavis.evaluation.summary import summarize_with_intervals
from visavis.types import Vectors

if TYPE_CHECKING:
    from visavis.datasets import Dataset

DEVELOPMENT = "dev"
"""The split on which tau is chosen, if there is one."""

SAMPLE = 12


@dataclass(frozen=True, slots=True)
class Accepted:
    """A caption accepted for an image because it is similar to `near`, a caption of the image."""

    caption: str
    image: str
    near: str
    similarity: float


@dataclass(frozen=True, slots=True)
class SemanticRanks:
    """Ranks in both directions under semantic relevance, and how tau was chosen."""

    relevance_model: str
    calibration: Calibration
    image_index: Indices
    image_to_text: Ranks
    text_to_image: Ranks
    sample: tuple[Accepted, ...]

    def to_json(self) -> dict[str, Any]:
        """Return all metrics with their intervals, tau, what it accepts, and a sample."""
        chosen = self.calibration
        own, others = chosen.at(chosen.tau)
        return {
            "relevance_model": self.relevance_model,
            "tau": chosen.tau,
            "tau_chosen_on": chosen.split,
            "tau_may_accept_of_other_images": chosen.rate,
            "tau_accepts_of_own_images": None if np.isnan(own) else round(own, 4),
            "tau_accepts_of_other_images": round(others, 6),
            "positives_per_image": round(float(self.image_to_text.counts.mean()), 2),
            "positives_per_text": round(float(self.text_to_image.counts.mean()), 2),
            "image_to_text": summarize_with_intervals(
                self.image_to_text, self.image_to_text.queries
            ),
            "text_to_image": summarize_with_intervals(
                self.text_to_image, self.image_index[self.text_to_image.queries]
            ),
            "sample": [
                {name: getattr(pair, name) for name in ("caption", "image", "near", "similarity")}
                for pair in self.sample
            ],
        }


def rank_semantically(
    embedded: EmbeddedSplit,
    dataset: Dataset,
    relevance_model: str = "tfidf",
    rate: float = RATE,
) -> SemanticRanks:
    """Rank both directions with semantic relevance judgments.

    Tau is chosen on the dataset's dev split, or on the split measured if there is none. Only
    human-written captions in the same language are compared. Raises VisavisError if the
    relevance model is the model under test.
    """
    every = [caption.text for caption in human_captions(dataset, embedded.lang)]
    model = load_relevance_model(relevance_model, every)
    if model.name == embedded.model:
        raise VisavisError(f"{model.name} cannot judge itself; name another model, or tfidf")
    vectors = model.encode_texts([caption.text for caption in embedded.captions])
    check_vectors(vectors, "text")
    calibration = _calibrate(embedded, dataset, model, vectors, rate)
    relevant = find_relevant(vectors, embedded.image_index, calibration.tau)
    return SemanticRanks(
        model.name,
        calibration,
        embedded.image_index,
        rank_vectors(embedded.images, embedded.texts, relevant.image_to_text()),
        rank_vectors(embedded.texts, embedded.images, relevant.text_to_image()),
        tuple(_sample(embedded, vectors, relevant)),
    )


def _calibrate(
    embedded: EmbeddedSplit, dataset: Dataset, model: RelevanceModel, vectors: Vectors, rate: float
) -> Calibration:
    """Choose tau on the dev split, or on the split measured if dev has no such captions."""
    if embedded.split != DEVELOPMENT and DEVELOPMENT in dataset.splits.values():
        captions = human_captions(dataset.select(split=DEVELOPMENT), embedded.lang)
        _, image_index = np.unique([caption.image for caption in captions], return_inverse=True)
        if len(image_index) and image_index.max() > 0:
            known = model.encode_texts([caption.text for caption in captions])
            return choose_threshold(known, image_index, DEVELOPMENT, rate)
    return choose_threshold(vectors, embedded.image_index, embedded.split, rate)


def _sample(
    embedded: EmbeddedSplit, vectors: Vectors, relevant: RelevantPairs
) -> Iterator[Accepted]:
    """Draw accepted pairs at random, the same ones in every run."""
    new = np.flatnonzero(~relevant.own)
    drawn = np.random.default_rng(0).permutation(new)[:SAMPLE]
    for text, image, similarity in zip(
        relevant.texts[drawn], relevant.images[drawn], relevant.similarity[drawn], strict=True
    ):
        own = np.flatnonzero(embedded.image_index == image)
        near = own[np.argmax(vectors[own] @ vectors[text])]
        yield Accepted(
            embedded.captions[text].text,
            embedded.keys[image],
            embedded.captions[near].text,
            round(float(similarity), 3),
        )
