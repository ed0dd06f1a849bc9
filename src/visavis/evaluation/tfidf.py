"""A relevance model by shared character n-grams: no weights to load, any language."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from zlib import crc32

import numpy as np

from visavis.types import Vectors

DIM = 2048
SHORTEST, LONGEST = 3, 4
_WORD = re.compile(r"\w+")


class TfidfModel:
    """TF-IDF over the 3- and 4-grams of words.

    N-grams make "dog" and "dogs" similar. The weight of n-gram t in a text is
    (1 + ln tf) · (1 + ln((1 + n) / (1 + df))): Salton and Buckley, "Term-weighting approaches in
    automatic text retrieval" (1988), smoothed. N-grams are hashed with a sign into 2,048
    dimensions: Weinberger et al., "Feature hashing for large scale multitask learning" (2009),
    https://arxiv.org/abs/0902.2206. A text without words has similarity 0 to all others.
    """

    name = "tfidf"

    def __init__(self, texts: Iterable[str]) -> None:
        """Count in how many of the texts each n-gram occurs."""
        counts: Counter[int] = Counter()
        total = 0
        for text in texts:
            total += 1
            counts.update(set(_ngrams(text)))
        self._idf = {ngram: _idf(total, count) for ngram, count in counts.items()}
        self._unknown = _idf(total, 0)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode texts: (n, 2048)."""
        vectors = np.zeros((len(texts), DIM), np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for ngram, count in Counter(_ngrams(text)).items():
                weight = (1 + np.log(count)) * self._idf.get(ngram, self._unknown)
                vector[ngram % DIM] += -weight if ngram >> 31 else weight
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.where(lengths > 0, lengths, 1)
        return vectors


def _idf(total: int, count: int) -> float:
    return float(1 + np.log((1 + total) / (1 + count)))


def _ngrams(text: str) -> list[int]:
    return [ngram for word in _WORD.findall(text.lower()) for ngram in _word_ngrams(word)]


@cache
def _word_ngrams(word: str) -> tuple[int, ...]:
    """Hash the n-grams of a word, its ends marked by spaces, to 32 bits."""
    marked = f" {word} "
    return tuple(
        crc32(marked[start : start + size].encode())
        for size in range(SHORTEST, LONGEST + 1)
        for start in range(max(1, len(marked) - size + 1))
    )
