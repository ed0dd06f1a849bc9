"""What stands behind the figures: queries that went well or badly, and what was taken for what."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from visavis.evaluation.embedded import Embedded
from visavis.evaluation.judgments import Indices
from visavis.evaluation.places import BLOCK, Places
from visavis.types import Vectors

SHOWN = 6
"""Examples of a kind."""

ANSWERS = 4
"""Answers shown of each."""

RECALL_AT = 10
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Example:
    """A query, the place of its first right answer, and what was found first.

    Query and answers are numbers of images or of captions: `answers` pairs each with whether it
    is right.
    """

    query: int
    rank: int
    answers: tuple[tuple[int, bool], ...]


@dataclass(frozen=True, slots=True)
class Confusion:
    """An image found first for captions of another: how many of them, and one of them."""

    image: int
    taken_for: int
    captions: int
    caption: int


@dataclass(frozen=True, slots=True)
class WordRecall:
    """Recall at 10, in percent, of the captions that hold a word."""

    word: str
    captions: int
    recall: float


def text_examples(embedded: Embedded, places: Places, *, worst: bool) -> list[Example]:
    """Return the worst or best searches for an image, of different images.

    Among equal ranks the one whose right answer lags or leads most comes first.
    """
    lead = _best_wrong(embedded)[1][places.queries]
    order = np.lexsort((lead if worst else -lead, -places.ranks if worst else places.ranks))
    chosen = islice(_first_of_each(order, embedded.owners[places.queries]), SHOWN)
    return [
        _example(places, n, embedded.texts, embedded.images, embedded.owners[[places.queries[n]]])
        for n in chosen
    ]


def image_examples(embedded: Embedded, places: Places, *, worst: bool) -> list[Example]:
    """Return the images whose own captions were found last, or most of them first."""
    mean = places.sums(places.places) / places.sizes
    order = np.lexsort((mean, places.ranks))
    if worst:
        order = order[::-1]
    return [
        _example(
            places,
            n,
            embedded.images,
            embedded.texts,
            np.flatnonzero(embedded.owners == places.queries[n]),
        )
        for n in order[:SHOWN].tolist()
    ]


def confusions(embedded: Embedded) -> list[Confusion]:
    """Return the images most often found first for captions of another image."""
    pairs: dict[tuple[int, int], list[int]] = defaultdict(list)
    wrong, lead = _best_wrong(embedded)
    for caption in np.flatnonzero(lead <= 0).tolist():
        pairs[int(embedded.owners[caption]), int(wrong[caption])].append(caption)
    ordered = sorted(pairs.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return [
        Confusion(own, taken, len(captions), captions[0])
        for (own, taken), captions in ordered[:SHOWN]
    ]


def word_recalls(embedded: Embedded, places: Places, least: int) -> list[WordRecall]:
    """Return recall by word, lowest first, for words in `least` captions or more."""
    counts: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for query, rank in zip(places.queries, places.ranks, strict=True):
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


def _best_wrong(embedded: Embedded) -> tuple[Indices, NDArray[np.floating]]:
    """Return for each caption the wrong image nearest to it, and by how much its own leads."""
    wrong, lead = [], []
    size = max(1, BLOCK // len(embedded.images))
    for begin in range(0, len(embedded.texts), size):
        owners = embedded.owners[begin : begin + size]
        scores = embedded.texts[begin : begin + size] @ embedded.images.T
        rows = np.arange(len(owners))
        own = scores[rows, owners]
        scores[rows, owners] = -np.inf
        wrong.append(scores.argmax(axis=1))
        lead.append(own - scores.max(axis=1))
    return np.concatenate(wrong), np.concatenate(lead)


def _first_of_each(order: Indices, images: Indices) -> Iterator[int]:
    """Yield the entries of `order` whose image has not come yet."""
    seen: set[int] = set()
    for n in order.tolist():
        if images[n] not in seen:
            seen.add(int(images[n]))
            yield n


def _example(
    places: Places, n: int, queries: Vectors, candidates: Vectors, right: Indices
) -> Example:
    query = int(places.queries[n])
    first = np.argsort(-(candidates @ queries[query]), kind="stable")[:ANSWERS].tolist()
    return Example(query, int(places.ranks[n]), tuple((one, one in right) for one in first))
