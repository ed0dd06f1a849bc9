"""A judge of texts by the parts of words they share: no weights, any language, no network."""

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


class TfidfJudge:
    """Weigh the 3- and 4-letter parts of words by how rare they are among known texts.

    Parts of words let "dog" and "dogs" agree. The weight of part t in a text is
    (1 + ln tf) · (1 + ln((1 + n) / (1 + df))): Salton and Buckley, "Term-weighting approaches in
    automatic text retrieval" (1988), smoothed. Parts are hashed with a sign into 2,048
    dimensions: Weinberger et al., "Feature hashing for large scale multitask learning" (2009),
    https://arxiv.org/abs/0902.2206. A text without a word in it is near to none.
    """

    name = "tfidf"

    def __init__(self, texts: Iterable[str]) -> None:
        """Count in how many of the texts each part occurs."""
        counts: Counter[int] = Counter()
        total = 0
        for text in texts:
            total += 1
            counts.update(set(_parts_of(text)))
        self._rarity = {part: _rarity(total, count) for part, count in counts.items()}
        self._unknown = _rarity(total, 0)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode texts: (n, 2048)."""
        vectors = np.zeros((len(texts), DIM), np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for part, count in Counter(_parts_of(text)).items():
                weight = (1 + np.log(count)) * self._rarity.get(part, self._unknown)
                vector[part % DIM] += -weight if part >> 31 else weight
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.where(lengths > 0, lengths, 1)
        return vectors


def _rarity(total: int, count: int) -> float:
    return float(1 + np.log((1 + total) / (1 + count)))


def _parts_of(text: str) -> list[int]:
    return [part for word in _WORD.findall(text.lower()) for part in _parts_of_word(word)]


@cache
def _parts_of_word(word: str) -> tuple[int, ...]:
    """Hash the parts of a word with its ends marked, to 32 bits."""
    marked = f" {word} "
    return tuple(
        crc32(marked[start : start + size].encode())
        for size in range(SHORTEST, LONGEST + 1)
        for start in range(max(1, len(marked) - size + 1))
    )
