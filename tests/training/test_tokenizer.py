from __future__ import annotations

import pytest

from visavis.training.tokenizer import train_tokenizer


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
