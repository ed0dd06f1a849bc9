"""Relevance judgments: which candidates are relevant to which query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Qrels:
    """The relevant candidates of each query that has at least one.

    `queries` (n,) is ascending; `items[starts[i] : starts[i + 1]]` are relevant to `queries[i]`.
    """

    queries: Indices
    starts: Indices
    items: Indices

    @classmethod
    def from_pairs(cls, queries: Indices, items: Indices) -> Qrels:
        """Group pairs (query, relevant candidate), each of shape (pairs,), in any order."""
        order = np.lexsort((items, queries))
        judged, first = np.unique(queries[order], return_index=True)
        return cls(judged, np.append(first, len(order)), items[order])

    @property
    def counts(self) -> Indices:
        """Number of relevant candidates of each query: (n,)."""
        return np.diff(self.starts)

    def pairs(self) -> tuple[Indices, Indices]:
        """Return all pairs (query, relevant candidate) in order, each of shape (pairs,)."""
        return np.repeat(self.queries, self.counts), self.items

    def blocks(self, size: int) -> Iterator[Qrels]:
        """Yield the judgments of `size` queries at a time."""
        for begin in range(0, len(self.queries), size):
            starts = self.starts[begin : begin + size + 1]
            items = self.items[starts[0] : starts[-1]]
            yield Qrels(self.queries[begin : begin + size], starts - starts[0], items)


def image_to_text_qrels(image_index: Indices) -> Qrels:
    """Return the captions of each image; `image_index` (texts,) gives the image of each text."""
    return Qrels.from_pairs(image_index, np.arange(len(image_index)))


def text_to_image_qrels(image_index: Indices) -> Qrels:
    """Return the one image that each text describes."""
    return Qrels.from_pairs(np.arange(len(image_index)), image_index)


def text_to_text_qrels(image_index: Indices, others: Indices | None = None) -> Qrels:
    """Return for each text the other texts of its image.

    `others` is the image index of a second set of texts, such as another language; the texts of
    the same image in that set are then relevant.
    """
    queries, items = _equal_pairs(image_index, image_index if others is None else others)
    kept = queries != items if others is None else np.ones(len(queries), bool)
    return Qrels.from_pairs(queries[kept], items[kept])


def _equal_pairs(left: Indices, right: Indices) -> tuple[Indices, Indices]:
    """Return all pairs (i, j) with left[i] == right[j], as two arrays."""
    order = np.argsort(right, kind="stable")
    first = np.searchsorted(right[order], left, side="left")
    counts = np.searchsorted(right[order], left, side="right") - first
    rows = np.repeat(np.arange(len(left)), counts)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows, order[np.repeat(first, counts) + within]
