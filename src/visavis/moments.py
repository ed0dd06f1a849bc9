"""Count, mean and second moments of vectors: what a linear fusion has to know of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.types import Vectors

_BLOCK = 8192


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Count, mean μ (dim,) and second moments M = E[x xᵀ] (dim, dim) of vectors, in float64.

    Without vectors, all of them are zero.
    """

    count: int
    mean: NDArray[np.float64]
    second: NDArray[np.float64]

    @classmethod
    def of(cls, vectors: Vectors) -> Moments:
        """Compute the moments of vectors (n, dim), in blocks to bound memory."""
        count, dim = vectors.shape
        total, products = np.zeros(dim), np.zeros((dim, dim))
        for start in range(0, count, _BLOCK):
            block = vectors[start : start + _BLOCK].astype(np.float64)
            total += block.sum(axis=0)
            products += block.T @ block
        return cls(count, total / max(count, 1), products / max(count, 1))

    def deviations(self, terms: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the standard deviation of the vectors' products with each term (n, dim): (n,).

        This is √(qᵀ M q - (q·μ)²) for a term q: exact, without looking at the vectors again.
        """
        rows = terms.astype(np.float64)
        squares = np.array([row @ self.second @ row for row in rows])
        variances: NDArray[np.float64] = squares - (rows @ self.mean) ** 2
        return np.sqrt(np.maximum(variances, 0))
