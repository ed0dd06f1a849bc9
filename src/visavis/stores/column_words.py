"""Texts of a column of metadata: each once, in order, as UTF-8 one after the other."""

from __future__ import annotations

from bisect import bisect_left
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Words: TypeAlias = "tuple[NDArray[np.int64], NDArray[np.uint8]]"
"""Where each text ends, and the bytes of all."""
Codes: TypeAlias = "NDArray[np.int32]"


def word(words: Words, code: int) -> bytes:
    """Return the text with a number."""
    ends, content = words
    return content[ends[code - 1] if code else 0 : ends[code]].tobytes()


def join_words(ours: Words, theirs: Words) -> tuple[Words, Codes, Codes]:
    """Return the texts of both, and the numbers that ours and theirs have among them.

    Both lists of numbers end with -1, so that -1, of no text, stays what it is.
    """
    count, more = len(ours[0]), [word(theirs, code) for code in range(len(theirs[0]))]
    places = np.array([_place(ours, each) for each in more], np.int64)
    is_new = np.array(
        [p == count or word(ours, p) != each for p, each in zip(places, more, strict=True)],
        np.bool_,
    )
    inserted = places[is_new]  # in order, as theirs are
    new = [each for each, wanted in zip(more, is_new, strict=True) if wanted]
    our_codes = np.arange(count) + np.searchsorted(inserted, np.arange(count), side="right")
    after = np.searchsorted(inserted, places, side="right")
    their_codes = places + np.where(is_new, np.cumsum(is_new) - 1, after)
    joined = _insert(ours, inserted, new)
    return joined, _codes(our_codes), _codes(their_codes)


def _place(words: Words, wanted: bytes) -> int:
    return bisect_left(range(len(words[0])), wanted, key=lambda code: word(words, code))


def _insert(words: Words, places: NDArray[np.int64], new: list[bytes]) -> Words:
    ends, content = words
    starts = np.append(0, ends)[places]
    lengths = np.array([len(each) for each in new], np.int64)
    more = np.frombuffer(b"".join(new), np.uint8)
    return (
        np.cumsum(np.insert(np.diff(ends, prepend=0), places, lengths)),
        np.insert(content, np.repeat(starts, lengths), more),
    )


def _codes(numbers: NDArray[np.int64]) -> Codes:
    return np.append(numbers, -1).astype(np.int32)
