"""Relevance judgments extended by meaning: captions of other images that fit an image too.

A caption is relevant to an image if a relevance model finds it at least as similar as a threshold
tau to any of the image's own captions, itself excepted. How many captions of other images truly
fit is unknown, so tau is set by how many it accepts: the lowest threshold that accepts at most
one in 5,000 pairs of a caption and another image. Some of those pairs do fit, so this rate is an
upper bound of the false positives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.errors import VisavisError
from visavis.evaluation.qrels import Indices, Qrels
from visavis.evaluation.ranks import BLOCK, TIE
from visavis.types import Vectors

RATE = 2e-4
"""At one in 1,000, most pairs accepted by shared words alone did not fit (docs/results.md)."""

LEVELS: NDArray[np.float64] = np.round(np.arange(-1, 1.0005, 1e-3), 3)
_NONE = -2.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """The shares of pairs that each threshold in `LEVELS` accepts, and the threshold chosen.

    `own` is the share of captions that the other captions of their image accept (NaN if no
    image has two), `others` the share of pairs (caption, another image): (levels,) each.
    """

    split: str
    rate: float
    tau: float
    own: NDArray[np.float64]
    others: NDArray[np.float64]

    def at(self, level: float) -> tuple[float, float]:
        """Return the shares of own and of other images accepted at a threshold."""
        n = int(np.searchsorted(LEVELS, level - 5e-4))
        return float(self.own[n]), float(self.others[n])


@dataclass(frozen=True, slots=True)
class RelevantPairs:
    """Pairs of a text and a relevant image: (pairs,) each.

    `own` marks the image that the text was written for; the similarity is then 1.
    """

    texts: Indices
    images: Indices
    similarity: NDArray[np.float32]
    own: NDArray[np.bool_]

    def image_to_text(self) -> Qrels:
        """Return the texts relevant to each image."""
        return Qrels.from_pairs(self.images, self.texts)

    def text_to_image(self) -> Qrels:
        """Return the images relevant to each text."""
        return Qrels.from_pairs(self.texts, self.images)


def choose_threshold(
    vectors: Vectors, image_index: Indices, split: str, rate: float = RATE
) -> Calibration:
    """Find the lowest threshold that accepts at most `rate` of the pairs (text, another image).

    `vectors` (texts, dim) come from a relevance model, `image_index` (texts,) gives the image of
    each text; `split` names where they come from. Raises VisavisError if there is one image only.
    """
    own = np.zeros(len(LEVELS), np.int64)
    others = np.zeros(len(LEVELS), np.int64)
    images = np.unique(image_index)
    for texts, similarities in _similarities(vectors, image_index):
        mine = images[None] == image_index[texts, None]
        own += _histogram(similarities[mine])
        others += _histogram(similarities[~mine])
    accepted = _share_at_least(others)
    if np.isnan(accepted).any():
        raise VisavisError(f"split {split!r} has captions of one image only; tau cannot be chosen")
    allowed = LEVELS[accepted <= rate]
    # If there are more exact copies than that, only copies are accepted.
    tau = float(allowed[0]) if len(allowed) else 1.0
    return Calibration(split, rate, tau, _share_at_least(own), accepted)


def find_relevant(vectors: Vectors, image_index: Indices, tau: float) -> RelevantPairs:
    """Pair each text with its own image, and with those that have a text at least `tau` similar.

    Arguments as for `choose_threshold`.
    """
    images = np.unique(image_index)
    ones = np.ones(len(image_index), np.float32)
    texts, accepted, similarity = [np.arange(len(image_index))], [image_index], [ones]
    for rows, similarities in _similarities(vectors, image_index):
        similarities[images[None] == image_index[rows, None]] = _NONE
        row, column = np.nonzero(similarities >= tau - TIE)
        texts.append(rows[row])
        accepted.append(images[column])
        similarity.append(similarities[row, column])
    pairs = np.concatenate(texts)
    own = np.arange(len(pairs)) < len(image_index)
    return RelevantPairs(pairs, np.concatenate(accepted), np.concatenate(similarity), own)


def _similarities(vectors: Vectors, image_index: Indices) -> Iterator[tuple[Indices, Vectors]]:
    """Yield rows of texts (b,) with their similarity to each image that has texts: (b, images).

    The similarity to an image is that to its most similar text, the text itself excepted.
    """
    order = np.argsort(image_index, kind="stable")
    grouped, starts = vectors[order], np.unique(image_index[order], return_index=True)[1]
    column = np.argsort(order, kind="stable")
    size = max(1, BLOCK // len(image_index))
    for begin in range(0, len(image_index), size):
        texts = np.arange(begin, min(begin + size, len(image_index)))
        scores = vectors[texts] @ grouped.T
        scores[np.arange(len(texts)), column[texts]] = _NONE
        yield texts, np.maximum.reduceat(scores, starts, axis=1)


def _histogram(similarities: NDArray[np.float32]) -> Indices:
    """Count the similarities by the highest level each reaches; drop those that reach none."""
    reached = np.searchsorted(LEVELS, similarities + TIE, side="right")
    return np.bincount(reached, minlength=len(LEVELS) + 1)[1 : len(LEVELS) + 1]


def _share_at_least(counts: Indices) -> NDArray[np.float64]:
    total = counts.sum()
    return np.cumsum(counts[::-1])[::-1] / total if total else np.full(len(counts), np.nan)
