"""Figures that count as right what a judge of texts finds near enough to the true captions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from visavis.errors import VisavisError
from visavis.evaluation.embedded import Embedded, captions_by_people
from visavis.evaluation.figures import with_intervals
from visavis.evaluation.judges import Judge, load_judge
from visavis.evaluation.judgments import Indices
from visavis.evaluation.places import Places, check_vectors, rank
from visavis.evaluation.relevance import RATE, Calibration, Relevance, choose_tau, find_relevant
from visavis.types import Vectors

if TYPE_CHECKING:
    from visavis.datasets import Dataset

DEVELOPMENT = "dev"
"""The split tau is chosen on, where there is one."""

SAMPLE = 12


@dataclass(frozen=True, slots=True)
class Accepted:
    """A caption accepted for an image because it is near to a caption of that image."""

    caption: str
    image: str
    near: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Semantic:
    """Both ways of searching, judged by meaning, and how the judge was set."""

    judge: str
    calibration: Calibration
    owners: Indices
    image_to_text: Places
    text_to_image: Places
    sample: tuple[Accepted, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the figures with their intervals, tau, what it accepts, and a sample."""
        chosen = self.calibration
        own, others = chosen.at(chosen.tau)
        return {
            "judge": self.judge,
            "tau": chosen.tau,
            "tau_chosen_on": chosen.split,
            "tau_may_accept_of_other_images": chosen.rate,
            "tau_accepts_of_own_images": None if np.isnan(own) else round(own, 4),
            "tau_accepts_of_other_images": round(others, 6),
            "positives_per_image": round(float(self.image_to_text.sizes.mean()), 2),
            "positives_per_text": round(float(self.text_to_image.sizes.mean()), 2),
            "image_to_text": with_intervals(self.image_to_text, self.image_to_text.queries),
            "text_to_image": with_intervals(
                self.text_to_image, self.owners[self.text_to_image.queries]
            ),
            "sample": [
                {name: getattr(pair, name) for name in ("caption", "image", "near", "similarity")}
                for pair in self.sample
            ],
        }


def judge_by_meaning(
    embedded: Embedded, dataset: Dataset, judge: str = "tfidf", rate: float = RATE
) -> Semantic:
    """Measure again with a judge's answers; tau is chosen on the dataset's dev split, if any.

    Only captions by people in the same language are compared. Raises VisavisError if the judge
    is the model under test.
    """
    every = [caption.text for caption in captions_by_people(dataset, embedded.lang)]
    chosen = load_judge(judge, every)
    if chosen.name == embedded.model:
        raise VisavisError(f"{chosen.name} cannot judge itself; name another model, or tfidf")
    vectors = chosen.encode_texts([caption.text for caption in embedded.captions])
    check_vectors(vectors, "text")
    calibration = _calibrate(embedded, dataset, chosen, vectors, rate)
    relevant = find_relevant(vectors, embedded.owners, calibration.tau)
    return Semantic(
        chosen.name,
        calibration,
        embedded.owners,
        rank(embedded.images, embedded.texts, relevant.of_images()),
        rank(embedded.texts, embedded.images, relevant.of_texts()),
        tuple(_sample(embedded, vectors, relevant)),
    )


def _calibrate(
    embedded: Embedded, dataset: Dataset, judge: Judge, vectors: Vectors, rate: float
) -> Calibration:
    """Choose tau on the dev split; where it has no such captions, on the split measured."""
    if embedded.split != DEVELOPMENT and DEVELOPMENT in dataset.splits.values():
        captions = captions_by_people(dataset.select(split=DEVELOPMENT), embedded.lang)
        _, owners = np.unique([caption.image for caption in captions], return_inverse=True)
        if len(owners) and owners.max() > 0:
            known = judge.encode_texts([caption.text for caption in captions])
            return choose_tau(known, owners, DEVELOPMENT, rate)
    return choose_tau(vectors, embedded.owners, embedded.split, rate)


def _sample(embedded: Embedded, vectors: Vectors, relevant: Relevance) -> Iterator[Accepted]:
    """Draw pairs that were accepted, at random and always the same, for the eye."""
    new = np.flatnonzero(~relevant.own)
    drawn = np.random.default_rng(0).permutation(new)[:SAMPLE]
    for text, image, similarity in zip(
        relevant.texts[drawn], relevant.images[drawn], relevant.similarity[drawn], strict=True
    ):
        there = np.flatnonzero(embedded.owners == image)
        near = there[np.argmax(vectors[there] @ vectors[text])]
        yield Accepted(
            embedded.captions[text].text,
            embedded.keys[image],
            embedded.captions[near].text,
            round(float(similarity), 3),
        )
