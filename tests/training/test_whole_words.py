import pytest

from visavis.training.tokenizer import train_tokenizer
from visavis.training.whole_words import keep_whole, pieces, split_words


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
    wider = keep_whole(tokenizer, ["lune, Moon", "a dog"])
    assert wider.get_vocab_size() == tokenizer.get_vocab_size() + 2
    assert pieces(wider, "Moon") == [tokenizer.get_vocab_size() + 1]
    for text in ("a dog runs", "moonlight", "un chien dort"):
        assert wider.encode(text).ids == tokenizer.encode(text).ids


def test_padding_and_the_first_token_stay(tokenizer):
    wider = keep_whole(tokenizer, ["moon"])
    ids = [found.ids for found in wider.encode_batch(["moon", "a dog runs"])]
    assert len(ids[0]) == len(ids[1])
    assert ids[0][0] == ids[1][0] == tokenizer.token_to_id("[CLS]")
    assert ids[0][-1] == tokenizer.token_to_id("[PAD]")
