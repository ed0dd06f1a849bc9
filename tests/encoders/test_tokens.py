import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import Whitespace

from visavis.encoders import load_encoder
from visavis.encoders.tokens import find_unknown_words
from visavis.training.tokenizer import train_word_tokenizer
from visavis.training.vocabulary import known_words


@pytest.fixture(scope="module")
def bundled():
    return load_encoder()


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("asdfghjkl qwertz", ["asdfghjkl", "qwertz"]),
        ("a dog, hjkl and a hjkl", ["hjkl"]),
        ("a dog on the beach", []),
        ("l'été, un chien court sur la plage", []),
        ("Two SNOWBOARDERS in 2024", []),
        ("東京 собака", ["東京", "собака"]),
        ("🐶 dog", ["🐶"]),
        ("?! …", []),
        ("Une girafe, UNE GIRAFE et du beurre", []),  # in fragments, and learned
        ("", []),
    ],
)
def test_words_of_fragments_are_unknown(bundled, text, unknown):
    assert bundled.unknown_words(text) == unknown


def test_a_word_outside_a_vocabulary_of_words_is_unknown():
    tokenizer = train_word_tokenizer(["a red dog", "un chien"], 8)
    assert find_unknown_words(tokenizer, "a RED chien and cats") == ["and", "cats"]


def test_words_that_were_learned_are_known_however_they_are_spelled():
    tokenizer = train_word_tokenizer(["a dog"], 8)
    texts = [f"a {word} {number}" for word in ("Red", "blue") for number in range(5)]
    assert known_words(tokenizer, texts[:-1]) == ["red"]
    assert known_words(tokenizer, [*texts[:-1], texts[-2]]) == ["red"], "the same text again"
    assert known_words(tokenizer, texts) == ["blue", "red"]
    assert find_unknown_words(tokenizer, "a RED cat", {"red"}) == ["cat"]


def test_padding_to_a_fixed_length_is_no_part_of_a_word():
    tokenizer = train_word_tokenizer(["a red dog"], 8)
    tokenizer.enable_padding(length=8, pad_id=1, pad_token="[UNK]")
    assert find_unknown_words(tokenizer, "a dog") == []


def test_scripts_without_capitals_may_be_cut_into_characters():
    pieces = {"[UNK]": 0, "東": 1, "##京": 2, "##都": 3, "t": 4, "##o": 5, "##k": 6}
    tokenizer = Tokenizer(WordPiece(pieces, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    assert find_unknown_words(tokenizer, "東京都 tokko 西") == ["tokko", "西"]
