"""A division of a vector space into cells, each around a centroid, and vectors in eight bits."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from visavis.types import Vectors

Codes = NDArray[np.int8]

SAMPLE = 64
"""Vectors of a sample for each cell."""
_ROUNDS = 8
_LARGEST = 127
_HELD = 1 << 23
"""Similarities to centroids that are held at a time."""


@dataclass(frozen=True, slots=True)
class Partition:
    """Centroids (cells, dim), and what a number is multiplied by to make it one of eight bits."""

    centroids: Vectors
    scale: float

    @classmethod
    def of(cls, sample: Vectors, cells: int) -> Partition:
        """Divide a sample (n, dim) into cells by Lloyd's k-means; an empty one has one cell.

        Least Squares Quantization in PCM (Lloyd, 1982), https://doi.org/10.1109/TIT.1982.1056489
        """
        if not len(sample):
            return cls(np.zeros((1, sample.shape[1]), np.float32), _LARGEST)
        rng = np.random.default_rng(0)
        centroids = sample[rng.permutation(len(sample))[:cells]]
        for _ in range(_ROUNDS):
            centroids = _means(sample, _nearest(sample, centroids), centroids)
        return cls(centroids, _scale(sample))

    def cells_of(self, vectors: Vectors) -> NDArray[np.int64]:
        """Return the number of the nearest cell to each vector (n, dim)."""
        return _nearest(vectors, self.centroids)

    def codes_of(self, vectors: Vectors) -> Codes:
        """Return vectors in eight bits; larger numbers than any of the sample are cut off."""
        return _rounded(vectors * np.float32(self.scale))

    def near(self, query: Vectors, count: int) -> NDArray[np.int64]:
        """Return the cells that a query (dim,) of any length is nearest to, nearest first."""
        direction = query / (np.linalg.norm(query) or 1)
        return np.argsort(-_closeness(direction[np.newaxis], self.centroids)[0])[:count]


def cells_for(vectors: int) -> int:
    """Return into how many cells to divide so many vectors: as many as each then has vectors."""
    return max(1, isqrt(vectors))


def code_of(query: Vectors) -> Codes:
    """Return a query (dim,) in eight bits; its length, which changes no ranking, is lost."""
    return _rounded(query * np.float32(_scale(query)))


def _scale(vectors: Vectors) -> float:
    return _LARGEST / (float(np.abs(vectors).max(initial=0)) or 1)


def _rounded(numbers: Vectors) -> Codes:
    return np.clip(np.rint(numbers), -_LARGEST, _LARGEST).astype(np.int8)


def _nearest(vectors: Vectors, centroids: Vectors) -> NDArray[np.int64]:
    block = max(1, _HELD // len(centroids))
    nearest = np.empty(len(vectors), np.int64)
    for start in range(0, len(vectors), block):
        part = slice(start, start + block)
        nearest[part] = _closeness(vectors[part], centroids).argmax(axis=1)
    return nearest


def _closeness(vectors: Vectors, centroids: Vectors) -> Vectors:
    """Return similarities (n, cells) that rise as distances fall."""
    closeness: Vectors = vectors @ centroids.T - np.square(centroids).sum(axis=1) / 2
    return closeness


def _means(sample: Vectors, cells: NDArray[np.int64], centroids: Vectors) -> Vectors:
    """Return the mean of each cell; an empty one keeps its centroid."""
    order = np.argsort(cells, kind="stable")
    filled, starts = np.unique(cells[order], return_index=True)
    sizes = np.diff(np.append(starts, len(order)))
    means = centroids.copy()
    means[filled] = np.add.reduceat(sample[order], starts) / sizes[:, np.newaxis]
    return means
