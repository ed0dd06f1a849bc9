from __future__ import annotations

from collections import Counter

import pytest
import torch

from visavis.errors import TrainingError
from visavis.training.towers.adapted import open_adapted
from visavis.training.towers.language import open_language

TEXTS = ["a dog runs on the beach", "un chien court sur la plage", "a dog runs"] * 3
NAMES = ["a dogbeach"]


@pytest.fixture
def adapt(tiny_language):
    def adapt(**changes):
        settings = {"vocabulary": 60, "layers": 2, "max_tokens": 16, "dropout": 0.0} | changes
        return open_adapted(tiny_language, 8, TEXTS, NAMES, **settings)

    return adapt


def test_words_of_names_and_frequent_words_of_the_model_are_whole(adapt):
    tokenizer, _ = adapt()
    assert tokenizer.encode("A dogbeach, a dog!").tokens == ["[CLS]", "a", "dogbeach", "a", "dog"]


def test_case_accents_and_punctuation_do_not_count(adapt):
    tokenizer, _ = adapt()
    assert tokenizer.encode("Chién.").ids == tokenizer.encode("chien").ids


def test_texts_are_cut_to_the_limit_and_never_empty(adapt):
    tokenizer, tower = adapt(max_tokens=4)
    assert len(tokenizer.encode("a dog runs on the beach").ids) == 4
    vectors = tower.eval()(torch.tensor([tokenizer.encode("").ids]))
    assert torch.allclose(vectors.norm(dim=1), torch.ones(1))


def test_known_tokens_keep_their_vectors_and_others_begin_as_the_mean_of_their_pieces(
    adapt, tiny_language
):
    tokenizer, tower = adapt()
    known, old = open_language(tiny_language, 8)
    table = tower.network.get_input_embeddings().weight
    before = old.network.get_input_embeddings().weight
    shared = tokenizer.get_vocab().keys() & known.get_vocab().keys()
    assert {"dog", "beach"} <= shared
    assert len(table) == tokenizer.get_vocab_size() < len(before)
    for token in shared:
        assert torch.equal(table[tokenizer.token_to_id(token)], before[known.token_to_id(token)])
    cut = known.encode("dogbeach", add_special_tokens=False).ids
    assert len(cut) > 1
    assert torch.allclose(table[tokenizer.token_to_id("dogbeach")], before[cut].mean(dim=0))


@pytest.mark.parametrize(("count", "kept"), [(1, [0]), (2, [0, 3]), (3, [0, 2, 3]), (9, range(4))])
def test_layers_are_kept_from_the_first_to_the_last(adapt, tiny_language, count, kept):
    _, tower = adapt(layers=count)
    _, old = open_language(tiny_language, 8)
    layers, before = tower.network.encoder.layer, old.network.encoder.layer
    assert len(layers) == tower.network.config.num_hidden_layers == len(kept)
    for layer, number in zip(layers, kept, strict=True):
        for own, its in zip(layer.parameters(), before[number].parameters(), strict=True):
            assert torch.equal(own, its)


def test_bfloat16_is_for_learning_only(adapt):
    tokenizer, tower = adapt(bfloat16=True)
    tokens = torch.tensor([tokenizer.encode("a dog runs on the beach").ids])
    exact = tower.eval()(tokens)
    tower.train()
    tower.network.eval()  # without dropout
    rough = tower(tokens)
    assert exact.dtype == rough.dtype == torch.float32
    assert 0 < (exact - rough).abs().max() < 0.05
    assert torch.equal(exact, tower.eval()(tokens))


def test_what_is_no_bert_is_refused(tmp_path):
    from tiny_models import make_sentence_tower

    folder = str(make_sentence_tower(tmp_path))
    with pytest.raises(TrainingError, match="not a BERT, whose tokens could be replaced"):
        open_adapted(folder, 8, TEXTS, NAMES, vocabulary=60, layers=1, max_tokens=16)


def test_pieces_that_no_text_needs_are_left_out_but_letters_stay(adapt):
    tokenizer, tower = adapt(vocabulary=200, max_tokens=16)
    counts = Counter(token for text in TEXTS for token in tokenizer.encode(text).tokens)
    for piece in tokenizer.get_vocab().keys() - {"[PAD]", "[UNK]", "[CLS]", "dogbeach"}:
        assert counts[piece] >= 2 or len(piece.removeprefix("##")) == 1
    assert "[UNK]" not in tokenizer.encode("chat").tokens, "which can be spelled"
    positions = tower.network.embeddings.position_embeddings.weight
    assert len(positions) == 16


def test_the_same_texts_give_the_same_tokens_each_time(adapt):
    found = [adapt()[0].get_vocab() for _ in range(4)]
    assert found[1:] == found[:-1]
