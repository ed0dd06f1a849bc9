"""Queries with and without an answer among some images, made of a dataset's captions.

A caption asks for its own image, and a word for the images that two of their captions or more
name so. Both are also asked where the answers are taken away: images that fit, and those that may.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from visavis.encoders import Encoder
from visavis.evaluation.embedding import EmbeddedSplit
from visavis.evaluation.qrels import Indices
from visavis.evaluation.tfidf import TfidfModel
from visavis.types import Vectors

SIMILAR = 0.05
"""Share of the images that may fit a caption: those whose captions are most like it."""

QUERIES = 1000
"""Captions at most, drawn with a fixed seed."""

AGREEMENT = 0.45
"""How often a second caption of an image must have a word of the first, for a word to be asked."""

_WORD = re.compile(r"[^\W\d_]{3,}")
_OWN = 2.0
"""A similarity above that of any other image."""


@dataclass(frozen=True, slots=True)
class JudgedQueries:
    """Texts with their vectors (queries, dim), and what each of the images is to them.

    `answers` and `possible`, both (queries, images), mark the images that fit, and those that fit
    or may. Queries of one `group` (queries,) are not independent: captions of the same image.
    """

    texts: tuple[str, ...]
    vectors: Vectors
    answers: NDArray[np.bool_]
    possible: NDArray[np.bool_]
    group: Indices


def judge_captions(split: EmbeddedSplit, similar: float = SIMILAR) -> JudgedQueries:
    """Ask for the image of each caption; the share `similar` of other images may fit it as well.

    How like an image is to a caption is that of its most similar caption, by TF-IDF. Columns are
    the images of the split.
    """
    rows = np.random.default_rng(0).permutation(len(split.captions))[:QUERIES]
    texts = [caption.text for caption in split.captions]
    own = split.image_index[rows]
    answers = np.zeros((len(rows), len(split.keys)), np.bool_)
    answers[np.arange(len(rows)), own] = True
    others = round(similar * (len(split.keys) - 1))
    possible = answers.copy()
    if others:
        likeness = _likeness(texts, rows, split)
        likeness[answers] = _OWN
        least = np.partition(likeness, -1 - others, axis=1)[:, -1 - others]
        possible |= likeness >= least[:, None]
    chosen = tuple(texts[row] for row in rows)
    return JudgedQueries(chosen, split.texts[rows], answers, possible, own)


def judge_words(split: EmbeddedSplit, encoder: Encoder) -> JudgedQueries | None:
    """Ask for words on whose use captions of an image agree; None if images have one caption.

    An image that two captions name so fits, one that a single caption names so may fit.
    """
    captions = np.bincount(split.image_index, minlength=len(split.keys))
    if captions.max() < 2:  # noqa: PLR2004 - two captions can agree
        return None
    counts: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for caption, image in zip(split.captions, split.image_index, strict=True):
        for word in set(_WORD.findall(caption.text.lower())):
            counts[word][int(image)] += 1
    words = sorted(word for word, images in counts.items() if _agreed(images, captions))
    named = np.zeros((len(words), len(split.keys)), np.int64)
    for row, word in enumerate(words):
        named[row, list(counts[word])] = list(counts[word].values())
    vectors = encoder.encode_texts(words)
    return JudgedQueries(tuple(words), vectors, named > 1, named > 0, np.arange(len(words)))


def _agreed(images: Counter[int], captions: Indices) -> bool:
    """Tell whether another caption of an image has the word often enough, given that one has."""
    pairs = sum(count * (captions[image] - 1) for image, count in images.items())
    both = sum(count * (count - 1) for count in images.values())
    return len(images) > 1 and both > 0 and both >= AGREEMENT * pairs


def _likeness(texts: list[str], rows: Indices, split: EmbeddedSplit) -> NDArray[np.float32]:
    """Return how like the images are to some of the texts: (rows, images), -1 without captions."""
    vectors = TfidfModel(texts).encode_texts(texts)
    order = np.argsort(split.image_index, kind="stable")
    starts = np.unique(split.image_index[order], return_index=True)[1]
    likeness = np.full((len(rows), len(split.keys)), -1, np.float32)
    for begin, end in pairwise([*starts, len(order)]):
        image = split.image_index[order[begin]]
        likeness[:, image] = (vectors[rows] @ vectors[order[begin:end]].T).max(axis=1)
    return likeness
