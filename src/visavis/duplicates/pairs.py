"""All pairs of similar vectors, by blocked matrix products."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from visavis.types import Vectors

_ROWS, _COLUMNS = 512, 16_384
"""A block of scores takes 34 MB."""
_MOST = 100
"""Pairs of one row in one block: a folder of ten thousand black images must not fill memory."""


def similar_pairs(vectors: Vectors, threshold: float) -> NDArray[np.int64]:
    """Return the pairs (n, 2) of rows i < j whose inner product is at least the threshold."""
    found = [np.empty((0, 2), np.int64)]
    for top in range(0, len(vectors), _ROWS):
        rows = vectors[top : top + _ROWS]
        for left in range(top, len(vectors), _COLUMNS):
            scores = rows @ vectors[left : left + _COLUMNS].T
            here = np.argwhere(scores >= threshold) + np.array([top, left])
            found.append(_first_of_each(here[here[:, 0] < here[:, 1]]))
    return np.concatenate(found)


def _first_of_each(pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Keep the first pairs of each row; rows are in order."""
    starts = np.searchsorted(pairs[:, 0], pairs[:, 0])
    return pairs[np.arange(len(pairs)) - starts < _MOST]


def clusters(pairs: NDArray[np.int64]) -> list[list[int]]:
    """Return groups of two and more rows, all similar to the first of their group.

    The first row that is left leads the next group, which takes all that are similar to it: there
    are no chains, whose ends have nothing in common.
    """
    partners: dict[int, list[int]] = {}
    for one, other in pairs.tolist():
        partners.setdefault(one, []).append(other)
        partners.setdefault(other, []).append(one)
    taken, groups = set[int](), []
    for leader in sorted(partners):
        if leader in taken:
            continue
        group = [leader, *sorted(other for other in partners[leader] if other not in taken)]
        taken.update(group)
        if len(group) > 1:
            groups.append(group)
    return groups
