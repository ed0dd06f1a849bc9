"""Join the terms of a query into one vector, so that any store can rank by it.

Each fusion takes the terms and the moments of the vectors that are ranked. It returns a
`LinearQuery`: the score of a vector x depends on v·x alone, and rises with it. A term of negative
weight asks for what is unlike it. Multiplying all weights by one number changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from visavis.moments import Moments
from visavis.registry import Registry
from visavis.types import Modality, Vectors

Values: TypeAlias = NDArray[np.float64]

DEFAULT_FUSION = "centred"
"""Chosen on captions of photographs and on a shop's catalogue: docs/results-composition.md."""

_LEAST_DEVIATION = 1e-6
"""Similarities that spread less than this are equal but for rounding; the term says nothing."""
_LEAST_DISTANCE = 1e-2
"""A term nearer to the mean than this is equal to it but for rounding and encoding again."""


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """Unit vectors (terms, dim), signed weights (terms,), and the modality of each term.

    `text_mean` (dim,) is what all texts of the model have in common, if that is known.
    """

    vectors: Vectors
    weights: Values
    modalities: Sequence[Modality]
    text_mean: Vectors | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LinearQuery:
    """A vector v (dim,) to rank by; the score of x is `bend(v·x - offset)`.

    `bend` never falls, so the best by v·x are the best by score.
    """

    vector: Values
    offset: float = 0.0
    bend: Callable[[float], float] = float

    def score(self, product: float) -> float:
        """Return the score that belongs to a product v·x."""
        return self.bend(product - self.offset)


class MomentsOf(Protocol):
    """Looks up moments: of the vectors that are ranked, or of all items of a modality."""

    def __call__(self, modality: Modality | None = None) -> Moments:
        """Return moments; computing them may take a reading of the collection."""


Fusion: TypeAlias = Callable[[Terms, MomentsOf], LinearQuery]

FUSIONS: Registry[Fusion] = Registry("fusions")
"""Fusions by name."""


@FUSIONS.register("sum")
def weighted_sum(terms: Terms, _: MomentsOf) -> LinearQuery:
    """Score by the weighted mean of similarities, Σ w·s / Σ |w|, in [-1, 1].

    It ranks as the cosine to the weighted sum of the terms' vectors does.
    """
    return LinearQuery(_shares(terms.weights) @ terms.vectors.astype(np.float64))


@FUSIONS.register("calibrated")
def calibrated(terms: Terms, moments: MomentsOf) -> LinearQuery:
    """Score by the weighted mean of standardised similarities, bent into (-1, 1).

    Each term's similarities are measured in standard deviations from their mean over what is
    ranked: z = (s - mean) / deviation, mixed as m = Σ w·z / Σ |w|. The score is m / (1 + |m|):
    0 is like the average item, 0.5 one standard deviation above it, 0.8 four. Similarities to
    an image spread more widely than those to most texts; in their own measure, all terms count
    alike. With s = q·x, m is v·x - v·μ for v = Σ (w / Σ |w|) q / deviation.

    After the calibrated mix of Psomas et al., "Composed Image Retrieval for Remote Sensing"
    (2024), https://arxiv.org/abs/2405.15587, which takes the normal distribution function of z
    instead.
    """
    ranked = moments()
    deviations = ranked.deviations(terms.vectors)
    says = deviations > _LEAST_DEVIATION
    parts = np.divide(_shares(terms.weights), deviations, out=np.zeros(len(says)), where=says)
    vector: Values = parts @ terms.vectors.astype(np.float64)
    return LinearQuery(vector, float(vector @ ranked.mean), _bend)


@FUSIONS.register("centred")
def centred(terms: Terms, moments: MomentsOf) -> LinearQuery:
    """Score as `calibrated` does, after each term lost what all of its modality have in common.

    From an image that is the mean of all images of the collection: what a catalogue's photographs
    share is then not asked for. From a text it is the mean of everyday words, which the model
    brings: "in red" then asks for red, not for whatever is near to any text. A term that is the
    mean, such as the only image of a collection, stays as it is; so do texts of a model that has no
    mean. To take the mean of the items away as well would add one number to all similarities of a
    term, which calibration takes off again.

    Psomas et al., "Instance-Level Composed Image Retrieval" (2025), who centre both modalities,
    https://arxiv.org/abs/2510.25387.
    """
    means: dict[Modality, NDArray[np.floating]] = {}
    if "image" in terms.modalities:
        means["image"] = moments("image").mean
    if "text" in terms.modalities and terms.text_mean is not None:
        means["text"] = terms.text_mean
    vectors = [
        _direction(means[modality], vector) if modality in means else vector
        for vector, modality in zip(terms.vectors, terms.modalities, strict=True)
    ]
    return calibrated(replace(terms, vectors=np.array(vectors, np.float32)), moments)


def _direction(mean: NDArray[np.floating], vector: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the unit vector from a mean to a vector, or the vector itself if they are equal."""
    moved = vector - mean
    length = np.linalg.norm(moved)
    return vector if length < _LEAST_DISTANCE else moved / length


def _shares(weights: Values) -> Values:
    """Divide by the sum of sizes, and by the largest first so that the sum is finite."""
    parts: Values = weights / np.abs(weights).max()
    shares: Values = parts / np.abs(parts).sum()
    return shares


def _bend(mixed: float) -> float:
    return mixed / (1 + abs(mixed))
