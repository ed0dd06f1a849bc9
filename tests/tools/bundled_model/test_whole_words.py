import pytest
import torch
from whole_words import pieces, rows_of, split_words, with_words

from visavis.training.tokenizer import train_tokenizer


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer(["a dog runs", "a dog sleeps", "un chien dort"] * 3, 60, 16)


def test_words_in_pieces_are_found_as_the_tokenizer_sees_them(tokenizer):
    assert split_words(tokenizer, ["A dog on the Moon!", "la Lune"]) == [
        "la",
        "lune",
        "moon",
        "on",
        "the",
    ]


def test_such_words_stay_whole_and_all_others_are_cut_as_before(tokenizer):
    wider = with_words(tokenizer, ["lune", "moon"])
    assert wider.get_vocab_size() == tokenizer.get_vocab_size() + 2
    assert pieces(wider, "Moon") == [tokenizer.get_vocab_size() + 1]
    for text in ("a dog runs", "moonlight", "un chien dort"):
        assert wider.encode(text).ids == tokenizer.encode(text).ids


def test_a_word_begins_as_the_mean_of_its_pieces(tokenizer):
    table = torch.randn(tokenizer.get_vocab_size(), 4)
    expected = table[pieces(tokenizer, "moon")].mean(dim=0)
    torch.testing.assert_close(rows_of(tokenizer, ["moon"], table)[0], expected)
