"""Which candidates are right answers to which query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Judgments:
    """The right answers of each query that has one; the others are not asked.

    `queries` (n,) ascend; those right for `queries[i]` are `items[starts[i] : starts[i + 1]]`.
    """

    queries: Indices
    starts: Indices
    items: Indices

    @classmethod
    def from_pairs(cls, queries: Indices, items: Indices) -> Judgments:
        """Gather pairs (query, right candidate), each of shape (pairs,), in any order."""
        order = np.lexsort((items, queries))
        asked, first = np.unique(queries[order], return_index=True)
        return cls(asked, np.append(first, len(order)), items[order])

    @property
    def sizes(self) -> Indices:
        """How many answers are right: (n,)."""
        return np.diff(self.starts)

    def pairs(self) -> tuple[Indices, Indices]:
        """Return the pairs (query, right candidate) this was made of, in order."""
        return np.repeat(self.queries, self.sizes), self.items

    def blocks(self, size: int) -> Iterator[Judgments]:
        """Yield the judgments of `size` queries at a time."""
        for begin in range(0, len(self.queries), size):
            starts = self.starts[begin : begin + size + 1]
            items = self.items[starts[0] : starts[-1]]
            yield Judgments(self.queries[begin : begin + size], starts - starts[0], items)


def texts_of_images(owners: Indices) -> Judgments:
    """Judge right for an image its own texts; `owners` (texts,) gives the image of each."""
    return Judgments.from_pairs(owners, np.arange(len(owners)))


def images_of_texts(owners: Indices) -> Judgments:
    """Judge right for a text the one image it describes."""
    return Judgments.from_pairs(np.arange(len(owners)), owners)


def texts_of_texts(owners: Indices, others: Indices | None = None) -> Judgments:
    """Judge right for a text the texts of the same image, itself excepted.

    With `others`, the owners of a second set of texts (say, in another language), the right
    answers are the texts of the same image in that set.
    """
    queries, items = _same(owners, owners if others is None else others)
    kept = queries != items if others is None else np.ones(len(queries), bool)
    return Judgments.from_pairs(queries[kept], items[kept])


def _same(owners: Indices, others: Indices) -> tuple[Indices, Indices]:
    """Return all index pairs whose owners are equal."""
    order = np.argsort(others, kind="stable")
    first = np.searchsorted(others[order], owners, side="left")
    counts = np.searchsorted(others[order], owners, side="right") - first
    queries = np.repeat(np.arange(len(owners)), counts)
    within = np.arange(len(queries)) - np.repeat(np.cumsum(counts) - counts, counts)
    return queries, order[np.repeat(first, counts) + within]
