from __future__ import annotations

import numpy as np
import pytest

from visavis.errors import TrainingError
from visavis.training.tokenizer import train_word_tokenizer
from visavis.training.word_table import spellings, vectors_for
from visavis.wordvectors import WordVectors

WORDS = ["the", "Paris", "vélo", "roi", "king", "queen", "man", "woman"]
VECTORS = np.random.default_rng(0).normal(size=(8, 6)).astype(np.float32)
CAPTIONS = ["Un vélo rouge.", "Le Vélo et le velo", "un vélo, l'été !", "A dog"]


@pytest.fixture
def vectors():
    return WordVectors(WORDS, VECTORS)


def test_spellings_by_frequency_small_letters_first():
    found = spellings(CAPTIONS)
    assert found["velo"] == ["vélo", "velo", "Vélo"]
    assert found["ete"] == ["été", "ete"]
    assert found["l"] == ["l"]
    assert found["a"] == ["a", "A"]


def test_composed_and_decomposed_accents_are_one_spelling():
    assert spellings(["ve\u0301lo", "vélo"]) == {"velo": ["vélo", "velo"]}


def test_a_table_has_a_row_for_each_token(vectors):
    tokenizer = train_word_tokenizer([*CAPTIONS, "Paris"], 16)
    table = vectors_for(tokenizer, vectors, spellings([*CAPTIONS, "Paris"]))
    assert len(table.words) == tokenizer.get_vocab_size()
    assert np.array_equal(table.vectors[tokenizer.token_to_id("velo")], VECTORS[2])
    assert np.array_equal(table.vectors[tokenizer.token_to_id("paris")], VECTORS[1])
    assert table.words[tokenizer.token_to_id("velo")] == "vélo"
    without = [tokenizer.token_to_id(word) for word in ("[PAD]", "[UNK]", "[CLS]", "dog", "ete")]
    assert not table.vectors[without].any()
    assert table.words[tokenizer.token_to_id("ete")] == "ete"


def test_vectors_of_none_of_the_words_are_refused(vectors):
    tokenizer = train_word_tokenizer(["ein Hund"], 16)
    with pytest.raises(TrainingError, match="holds a vector for none"):
        vectors_for(tokenizer, vectors, {})
