from __future__ import annotations

import pytest

from visavis.training.tokenizer import train_tokenizer, train_word_tokenizer


@pytest.fixture(scope="module")
def tokenizer():
    texts = ["Un chien court sur la plage .", "A dog runs on the beach .", "un vélo rouge"] * 4
    return train_tokenizer(texts, 200, max_tokens=6)


@pytest.mark.parametrize(
    "variant", ["Un vélo rouge.", "un velo ROUGE", "  un  vélo, rouge !", "un ve\u0301lo rouge"]
)
def test_accents_case_and_punctuation_do_not_matter(tokenizer, variant):
    assert tokenizer.encode(variant).ids == tokenizer.encode("un velo rouge").ids


def test_texts_without_a_letter_still_have_a_token(tokenizer):
    assert tokenizer.encode("!!!").tokens == ["[CLS]"]


def test_long_texts_are_cut_and_short_ones_padded_with_zero(tokenizer):
    long, short = tokenizer.encode_batch(["un chien court sur la plage rouge", "un chien"])
    assert len(long.ids) == len(short.ids) == 6
    assert short.ids[-1] == 0


@pytest.fixture(scope="module")
def words():
    texts = ["Un chien court sur la plage .", "l'été, un VÉLO", "un chien"]
    return train_word_tokenizer(texts, max_tokens=6, least_count=2)


@pytest.mark.parametrize("variant", ["Un chien.", "un CHIEN", "  un  chïen !"])
def test_words_are_found_in_any_spelling(words, variant):
    assert words.encode(variant).tokens == ["[CLS]", "un", "chien"]


def test_special_tokens_come_first_and_then_frequent_words(words):
    tokens = [words.id_to_token(n) for n in range(words.get_vocab_size())]
    assert tokens == ["[PAD]", "[UNK]", "[CLS]", "un", "chien"]


def test_rare_words_are_unknown_and_empty_texts_have_a_token(words):
    assert words.encode("un vélo").tokens == ["[CLS]", "un", "[UNK]"]
    assert words.encode("?").tokens == ["[CLS]"]


def test_every_word_counts_by_default():
    tokenizer = train_word_tokenizer(["l'été, un VÉLO"], max_tokens=6)
    assert tokenizer.encode("L’ete").tokens == ["[CLS]", "l", "ete"]


def test_texts_of_words_are_cut_and_padded_too(words):
    long, short = words.encode_batch(["un un un un un un un un", "un"])
    assert len(long.ids) == len(short.ids) == 6
    assert short.ids[1:] == [3, 0, 0, 0, 0]
