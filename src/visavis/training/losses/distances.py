"""Distances of two unit vectors, computed from their cosine."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from visavis.registry import Registry

DISTANCES: Registry[Callable[[Tensor], Tensor]] = Registry("distances")
LEAST_SQUARE = 1e-7  # no cosine in single precision lies nearer to 1 without being 1


@DISTANCES.register("euclidean")
def euclidean(scores: Tensor) -> Tensor:
    """Return ‖a - b‖ = √(2 - 2 a·b) of unit vectors, from 0 to 2.

    The slope of the root has no bound near 0: where the vectors are one, it is taken as 0.
    """
    return (2 - 2 * scores).clamp(min=LEAST_SQUARE).sqrt()


@DISTANCES.register("cosine")
def cosine(scores: Tensor) -> Tensor:
    """Return 1 - a·b, from 0 to 2: half of the squared Euclidean distance."""
    return 1 - scores
