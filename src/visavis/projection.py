"""Projection of a collection onto a plane, where similar items lie close together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from visavis.collection import Collection
from visavis.types import Modality, Vectors


@dataclass(frozen=True, slots=True)
class Point:
    """An item at x and y, each in [0, 1]."""

    id: str
    x: float
    y: float
    modality: Modality


@dataclass(frozen=True, slots=True)
class Projection:
    """Points, and the number of items they were sampled from."""

    points: tuple[Point, ...]
    total: int


def project_collection(
    collection: Collection, limit: int, modality: Modality | None = None
) -> Projection:
    """Project at most `limit` items (images, texts, or both for None) onto a plane.

    They are a fair sample of all that can be found, and always the same. Items whose vector was
    damaged are left out.
    """
    items = list(islice(collection.items(modality), limit))
    encoded = collection.store.encoded([item.id for item in items])
    sample = [item for item in items if item.id in encoded]
    positions = project(collection.store.vectors([item.id for item in sample])).tolist()
    points = (
        Point(item.id, x, y, item.modality) for item, (x, y) in zip(sample, positions, strict=True)
    )
    return Projection(tuple(points), collection.store.count(modality))


def project(vectors: Vectors) -> NDArray[np.float64]:
    """Project vectors (n, dim) onto their two principal components, scaled to [0, 1]: (n, 2).

    Both axes share one scale, so distances can be compared. Pearson, "On lines and planes of
    closest fit" (1901). An axis points to where its largest coefficient is positive, so that
    the same vectors always give the same result.
    """
    centred = vectors.astype(np.float64)
    centred -= centred.mean(axis=0, keepdims=True) if len(centred) else 0
    _, directions = np.linalg.eigh(centred.T @ centred)
    axes = directions[:, [-1, -2]]
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    flat = centred @ axes
    low, high = (flat.min(axis=0), flat.max(axis=0)) if len(flat) else (np.zeros(2),) * 2
    widest = max(float((high - low).max()), 1e-12)
    scaled: NDArray[np.float64] = np.clip((flat - (low + high) / 2) / widest + 0.5, 0, 1)
    return scaled
