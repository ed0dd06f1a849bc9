"""Word vectors laid out for a vocabulary: the table that a text tower of words starts from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from visavis.errors import TrainingError
from visavis.normalizer import normalizer
from visavis.training.tokenizer import SPECIAL
from visavis.wordvectors import WordVectors
from visavis.wordvectors.learning import words_of

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def spellings(texts: Iterable[str]) -> dict[str, list[str]]:
    """List how each word that a tokenizer sees was written, the most frequent spelling first.

    {"velo": ["vélo", "velo", "Vélo"]}: lower-cased spellings precede those with capitals, and
    the word itself is always among them.
    """
    counts = Counter(word for text in texts for word in words_of(text))
    lower: Counter[str] = Counter()
    for word, count in counts.items():
        lower[word.lower()] += count
    normalize = normalizer().normalize_str
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for word, _ in lower.most_common() + counts.most_common():
        found[normalize(word)][word] = None
    return {word: list({**spelled, word: None}) for word, spelled in found.items()}


def vectors_for(
    tokenizer: Tokenizer, vectors: WordVectors, spelled: dict[str, list[str]]
) -> WordVectors:
    """Lay vectors out for a tokenizer of words: row i belongs to its token i.

    A token gets the vector, and the name, of its first spelling that has one; special tokens
    and words without a vector get zeros. Raises TrainingError if no word has one.
    """
    ids = tokenizer.get_vocab()
    names = sorted(ids, key=ids.__getitem__)
    table = np.zeros((len(names), vectors.width), np.float32)
    for row, name in enumerate(names[len(SPECIAL) :], len(SPECIAL)):
        for spelling in spelled.get(name, [name]):
            if spelling in vectors.rows:
                names[row], table[row] = spelling, vectors.vectors[vectors.rows[spelling]]
                break
    if not table.any():
        raise TrainingError(f"{vectors.source}: holds a vector for none of the captions' words")
    return WordVectors(names, table, vectors.source)
