"""Which captions fit an image besides its own, under a judge of texts.

A caption is relevant to an image if its similarity to any of the image's own captions, itself
excepted, reaches a level tau. Nobody knows how many captions of other images truly fit, so tau
is set by what it lets through: the lowest level at which no more than one in 5,000 pairs of a
caption and another image are accepted. Some of those pairs are right, so that rate is an upper
bound of the false acceptances.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.errors import VisavisError
from visavis.evaluation.judgments import Indices, Judgments
from visavis.evaluation.places import BLOCK, TIE
from visavis.types import Vectors

RATE = 2e-4
"""At one in 1,000, most pairs accepted by shared words alone did not fit (docs/results.md)."""

LEVELS: NDArray[np.float64] = np.round(np.arange(-1, 1.0005, 1e-3), 3)
_NONE = -2.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """What each level in `LEVELS` accepts, and the one chosen.

    `own` is the share of captions accepted for their own image by its other captions (nan where
    no image has two); `others` the share of pairs (caption, another image) accepted.
    """

    split: str
    rate: float
    tau: float
    own: NDArray[np.float64]
    others: NDArray[np.float64]

    def at(self, level: float) -> tuple[float, float]:
        """Return the shares of own and of other images accepted at a level."""
        n = int(np.searchsorted(LEVELS, level - 5e-4))
        return float(self.own[n]), float(self.others[n])


@dataclass(frozen=True, slots=True)
class Relevance:
    """Pairs of a text and an image it fits: its own (similarity 1), or one it was accepted for."""

    texts: Indices
    images: Indices
    similarity: NDArray[np.float32]
    own: NDArray[np.bool_]

    def of_images(self) -> Judgments:
        """Judge texts right for the images they fit."""
        return Judgments.from_pairs(self.images, self.texts)

    def of_texts(self) -> Judgments:
        """Judge images right for the texts that fit them."""
        return Judgments.from_pairs(self.texts, self.images)


def choose_tau(vectors: Vectors, owners: Indices, split: str, rate: float = RATE) -> Calibration:
    """Find the lowest level that accepts at most `rate` of the pairs (text, another image).

    `vectors` (texts, dim) are a judge's, `owners` (texts,) the image of each; `split` names
    where they come from.
    """
    own = np.zeros(len(LEVELS), np.int64)
    others = np.zeros(len(LEVELS), np.int64)
    images = np.unique(owners)
    for texts, near in _nearness(vectors, owners):
        mine = images[None] == owners[texts, None]
        own += _histogram(near[mine])
        others += _histogram(near[~mine])
    accepted = _share_at_least(others)
    if np.isnan(accepted).any():
        raise VisavisError(f"split {split!r} has captions of one image only; tau cannot be chosen")
    allowed = LEVELS[accepted <= rate]
    # Where more than that are exact copies, copies alone are accepted.
    tau = float(allowed[0]) if len(allowed) else 1.0
    return Calibration(split, rate, tau, _share_at_least(own), accepted)


def find_relevant(vectors: Vectors, owners: Indices, tau: float) -> Relevance:
    """Accept each text for its own image and for those with a text at least `tau` near it."""
    images = np.unique(owners)
    ones = np.ones(len(owners), np.float32)
    texts, accepted, similarity = [np.arange(len(owners))], [owners], [ones]
    for numbers, near in _nearness(vectors, owners):
        near[images[None] == owners[numbers, None]] = _NONE
        row, column = np.nonzero(near >= tau - TIE)
        texts.append(numbers[row])
        accepted.append(images[column])
        similarity.append(near[row, column])
    pairs = np.concatenate(texts)
    own = np.arange(len(pairs)) < len(owners)
    return Relevance(pairs, np.concatenate(accepted), np.concatenate(similarity), own)


def _nearness(vectors: Vectors, owners: Indices) -> Iterator[tuple[Indices, Vectors]]:
    """Yield numbers of texts (b,) with their similarity to each described image: (b, images).

    An image is as near as the nearest of its texts, the text itself excepted.
    """
    order = np.argsort(owners, kind="stable")
    grouped, starts = vectors[order], np.unique(owners[order], return_index=True)[1]
    place = np.argsort(order, kind="stable")
    size = max(1, BLOCK // len(owners))
    for begin in range(0, len(owners), size):
        texts = np.arange(begin, min(begin + size, len(owners)))
        scores = vectors[texts] @ grouped.T
        scores[np.arange(len(texts)), place[texts]] = _NONE
        yield texts, np.maximum.reduceat(scores, starts, axis=1)


def _histogram(similarities: NDArray[np.float32]) -> Indices:
    """Count the similarities by the highest level each reaches; what reaches none is dropped."""
    reached = np.searchsorted(LEVELS, similarities + TIE, side="right")
    return np.bincount(reached, minlength=len(LEVELS) + 1)[1 : len(LEVELS) + 1]


def _share_at_least(counts: Indices) -> NDArray[np.float64]:
    total = counts.sum()
    return np.cumsum(counts[::-1])[::-1] / total if total else np.full(len(counts), np.nan)
