"""Join what the terms of a query say of each item into one score; higher is better.

Each function takes the similarities of the terms, (terms, items), and their signed weights,
(terms,), and returns one score an item, (items,). A term of negative weight asks for what is
unlike it. Multiplying all weights by one number changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from visavis.registry import Registry

Scores: TypeAlias = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Fusion:
    """A way to join terms, called with their similarities and weights.

    With `centred`, the mean of a term's modality in the collection is taken from the term
    beforehand: what all texts have in common, or all images, is then not asked for.
    """

    join: Callable[[Scores, Scores], Scores]
    centred: bool = False

    def __call__(self, similarities: Scores, weights: Scores) -> Scores:
        """Return one score an item: (items,)."""
        return self.join(similarities, weights)


FUSIONS: Registry[Fusion] = Registry("fusions")
"""Ways to join terms, by name."""

DEFAULT_FUSION = "calibrated"
"""The best of those here on the benchmark of composition: docs/results-composition.md."""

RANK_OFFSET = 60


def weighted_sum(similarities: Scores, weights: Scores) -> Scores:
    """Return the weighted mean, Σ w·s / Σ |w|, in [-1, 1].

    It ranks as the cosine to the weighted sum of the terms' vectors does.
    """
    fused: Scores = _shares(weights) @ similarities
    return fused


def product(similarities: Scores, weights: Scores) -> Scores:
    """Return the weighted geometric mean, Π c^(|w| / Σ |w|), in [0, 1].

    c is max(s, 0), for a negative term 1 - max(s, 0). The product of clamped similarities is
    a baseline of Psomas et al., "Instance-Level Composed Image Retrieval" (2025).
    """
    fused = np.ones(similarities.shape[1])
    for row, share in zip(similarities, _shares(weights), strict=True):
        likeness = np.clip(row, 0, 1)
        fused *= (likeness if share > 0 else 1 - likeness) ** abs(share)
    return fused


def calibrated(similarities: Scores, weights: Scores) -> Scores:
    """Return the weighted mean of standardised similarities, bent into (-1, 1).

    Each term's similarities are measured in standard deviations from their mean over the
    collection: z = (s - mean) / deviation, mixed as m = Σ w·z / Σ |w|. The score is
    m / (1 + |m|): 0 is like the average item, 0.5 one standard deviation above it, 0.8 four.
    Similarities to an image spread more widely than those to most texts; in their own
    measure, all terms count alike. After the calibrated mix of Psomas et al., "Composed Image
    Retrieval for Remote Sensing" (2024), which takes the normal distribution function of z
    instead.
    """
    mixed = np.zeros(similarities.shape[1])
    for row, share in zip(similarities, _shares(weights), strict=True):
        mixed += share * _standardised(row)
    bent: Scores = mixed / (1 + np.abs(mixed))
    return bent


def reciprocal_rank(similarities: Scores, weights: Scores) -> Scores:
    """Return the weighted mean of 61 / (60 + rank), in (0, 1]; 1 is first for every term.

    A negative term ranks from the other end; equal similarities share the better rank.
    Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion" (2009).
    """
    fused = np.zeros(similarities.shape[1])
    for row, share in zip(similarities, _shares(weights), strict=True):
        ranks = _ranks(row if share > 0 else -row)
        fused += abs(share) * (RANK_OFFSET + 1) / (RANK_OFFSET + ranks)
    return fused


def _shares(weights: Scores) -> Scores:
    """Divide by the sum of sizes, by the largest first lest the sum be infinite."""
    parts: Scores = weights / np.abs(weights).max()
    shares: Scores = parts / np.abs(parts).sum()
    return shares


def _standardised(row: Scores) -> Scores:
    deviation = float(row.std(dtype=np.float64))
    standardised: Scores = (row - row.mean(dtype=np.float64)) / (deviation or 1.0)
    return standardised


def _ranks(row: Scores) -> NDArray[np.intp]:
    return len(row) + 1 - np.searchsorted(np.sort(row), row, side="right")


FUSIONS.register("sum")(Fusion(weighted_sum))
FUSIONS.register("product")(Fusion(product))
FUSIONS.register("rrf")(Fusion(reciprocal_rank))
FUSIONS.register("calibrated")(Fusion(calibrated))
# To take the mean of the items away as well would add one number to all similarities of a
# term, which calibration takes off again. After Psomas et al., "Instance-Level Composed Image
# Retrieval" (2025).
FUSIONS.register("centred")(Fusion(calibrated, centred=True))
