"""The text side of a recipe: a tokenizer of the training captions and a tower for its ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor

from visavis.errors import TrainingError
from visavis.training.recipe import TextSide
from visavis.training.tokenizer import train_tokenizer, train_word_tokenizer
from visavis.training.towers.subwords import SubwordTower
from visavis.training.towers.text import TextTower
from visavis.training.towers.words import WordTower
from visavis.training.word_table import spellings, vectors_for
from visavis.wordvectors import WordVectors, load_word_vectors
from visavis.wordvectors.learning import train_word_vectors

LEARNED = "train"  # in place of a file: word2vec is learned on the captions


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A tokenizer, the tower that reads what it writes, and the word vectors, if it has some."""

    tokenizer: Tokenizer
    tower: TextTower
    words: WordVectors | None = None

    def tokens(self, texts: Sequence[str]) -> Tensor:
        """Return the ids of texts, int64 (n, tokens), padded at the end."""
        found = self.tokenizer.encode_batch(list(texts))
        return torch.tensor([encoding.ids for encoding in found])


def build_vocabulary(side: TextSide, dim: int, texts: Sequence[str], seed: int) -> Vocabulary:
    """Build what a recipe says out of the training captions alone."""
    if side.tower == "words":
        return _words(side, dim, texts, seed)
    if side.tower == "subwords":
        tokenizer = train_tokenizer(texts, side.vocabulary, side.max_tokens)
        tower = SubwordTower(
            tokenizer.get_vocab_size(),
            dim,
            width=side.width,
            layers=side.layers,
            max_tokens=side.max_tokens,
            dropout=side.dropout,
        )
        return Vocabulary(tokenizer, tower)
    return _language(side, dim)


def _words(side: TextSide, dim: int, texts: Sequence[str], seed: int) -> Vocabulary:
    tokenizer = train_word_tokenizer(texts, side.max_tokens)
    spelled = spellings(texts)
    if side.vectors == LEARNED:
        vectors = train_word_vectors(texts, side.width, seed)
    else:
        wanted = {spelling for each in spelled.values() for spelling in each}
        vectors = load_word_vectors(side.vectors, wanted)
    laid_out = vectors_for(tokenizer, vectors, spelled)
    tower = WordTower(
        torch.from_numpy(laid_out.vectors),
        dim,
        pooling=side.pooling,
        hidden=dim,
        dropout=side.dropout,
        frozen=side.frozen,
    )
    return Vocabulary(tokenizer, tower, laid_out)


def _language(side: TextSide, dim: int) -> Vocabulary:
    if not side.model:
        raise TrainingError("text.model: name a transformers model, a folder or one of the hub")
    from visavis.training.towers.language import open_language

    made: Any = open_language(side.model, dim, max_tokens=side.max_tokens, dropout=side.dropout)
    tokenizer, tower = made
    return Vocabulary(tokenizer, tower)
