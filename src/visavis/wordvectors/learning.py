"""Word vectors learned from texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from visavis.errors import TrainingError
from visavis.wordvectors.files import gensim
from visavis.wordvectors.vectors import WordVectors

_WORD = re.compile(r"[^\W_]+")


def train_word_vectors(texts: Iterable[str], width: int = 100, seed: int = 0) -> WordVectors:
    """Learn word2vec from the words of `texts`, lower-cased, with their accents.

    The skip-gram model with negative sampling of Mikolov et al., Distributed Representations
    of Words and Phrases and their Compositionality, 2013, https://arxiv.org/abs/1310.4546, on
    one thread: the same texts and seed give the same vectors. Raises TrainingError if there
    is no word.
    """
    sentences = [[word.lower() for word in words_of(text)] for text in texts]
    if not any(sentences):
        raise TrainingError("word vectors cannot be learned from texts without a word")
    model = gensim().models.Word2Vec(
        sentences, vector_size=width, sg=1, min_count=1, epochs=10, seed=seed, workers=1
    )
    return WordVectors(list(model.wv.index_to_key), model.wv.vectors)


def words_of(text: str) -> list[str]:
    """Split a text into words of letters and digits, accents composed."""
    return _WORD.findall(unicodedata.normalize("NFC", text))
