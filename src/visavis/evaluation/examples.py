"""Examples behind the figures: the best and worst queries, confusions, and recall by word."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from visavis.evaluation.embedding import EmbeddedSplit
from visavis.evaluation.qrels import Indices
from visavis.evaluation.ranks import BLOCK, Ranks
from visavis.types import Vectors

EXAMPLES = 6
"""Examples of each sort."""

HITS = 4
"""Hits of each example."""

RECALL_AT = 10
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Example:
    """A query, the rank of its first relevant candidate, and its first hits.

    Queries and hits are rows of images or captions; `hits` pairs each with its relevance.
    """

    query: int
    rank: int
    hits: tuple[tuple[int, bool], ...]


@dataclass(frozen=True, slots=True)
class Confusion:
    """An image, another one that ranks first for its captions, how many and one of them."""

    image: int
    taken_for: int
    captions: int
    caption: int


@dataclass(frozen=True, slots=True)
class WordRecall:
    """Recall at 10, in percent, of the captions that contain a word."""

    word: str
    captions: int
    recall: float


def text_examples(embedded: EmbeddedSplit, ranks: Ranks, *, worst: bool) -> list[Example]:
    """Return the worst or best text-to-image queries, one an image.

    Equal ranks are ordered by the difference between the scores of the relevant image and the
    best irrelevant one.
    """
    lead = _best_irrelevant(embedded)[1][ranks.queries]
    order = np.lexsort((lead if worst else -lead, -ranks.first if worst else ranks.first))
    chosen = islice(_one_per_image(order, embedded.image_index[ranks.queries]), EXAMPLES)
    return [
        _example(
            ranks,
            n,
            embedded.texts,
            embedded.images,
            embedded.image_index[[ranks.queries[n]]],
        )
        for n in chosen
    ]


def image_examples(embedded: EmbeddedSplit, ranks: Ranks, *, worst: bool) -> list[Example]:
    """Return the worst or best image-to-text queries, by first rank, then by mean rank."""
    mean = ranks.sum_by_query(ranks.values) / ranks.counts
    order = np.lexsort((mean, ranks.first))
    if worst:
        order = order[::-1]
    return [
        _example(
            ranks,
            n,
            embedded.images,
            embedded.texts,
            np.flatnonzero(embedded.image_index == ranks.queries[n]),
        )
        for n in order[:EXAMPLES].tolist()
    ]


def confusions(embedded: EmbeddedSplit) -> list[Confusion]:
    """Return the pairs of images of which one most often ranks first for the other's captions."""
    pairs: dict[tuple[int, int], list[int]] = defaultdict(list)
    best, lead = _best_irrelevant(embedded)
    for caption in np.flatnonzero(lead <= 0).tolist():
        pairs[int(embedded.image_index[caption]), int(best[caption])].append(caption)
    ordered = sorted(pairs.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return [
        Confusion(image, taken_for, len(captions), captions[0])
        for (image, taken_for), captions in ordered[:EXAMPLES]
    ]


def word_recalls(embedded: EmbeddedSplit, ranks: Ranks, least: int) -> list[WordRecall]:
    """Return text-to-image recall for each word of at least `least` captions, lowest first."""
    counts: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for query, rank in zip(ranks.queries, ranks.first, strict=True):
        words = set(_WORD.findall(embedded.captions[query].text.lower()))
        counts.update(words)
        if rank <= RECALL_AT:
            found.update(words)
    recalls = [
        WordRecall(word, count, round(100 * found[word] / count, 1))
        for word, count in counts.items()
        if count >= least
    ]
    return sorted(recalls, key=lambda one: (one.recall, one.word))


def _best_irrelevant(embedded: EmbeddedSplit) -> tuple[Indices, NDArray[np.floating]]:
    """Return for each caption the nearest other image, and the lead of its own: (captions,)."""
    best, lead = [], []
    size = max(1, BLOCK // len(embedded.images))
    for begin in range(0, len(embedded.texts), size):
        image_index = embedded.image_index[begin : begin + size]
        scores = embedded.texts[begin : begin + size] @ embedded.images.T
        rows = np.arange(len(image_index))
        own = scores[rows, image_index]
        scores[rows, image_index] = -np.inf
        best.append(scores.argmax(axis=1))
        lead.append(own - scores.max(axis=1))
    return np.concatenate(best), np.concatenate(lead)


def _one_per_image(order: Indices, images: Indices) -> Iterator[int]:
    """Yield the entries of `order` whose image has not occurred before."""
    seen: set[int] = set()
    for n in order.tolist():
        if images[n] not in seen:
            seen.add(int(images[n]))
            yield n


def _example(
    ranks: Ranks, n: int, queries: Vectors, candidates: Vectors, relevant: Indices
) -> Example:
    query = int(ranks.queries[n])
    first = np.argsort(-(candidates @ queries[query]), kind="stable")[:HITS].tolist()
    return Example(query, int(ranks.first[n]), tuple((one, one in relevant) for one in first))
