"""The text tower of a recipe, and the tokenizer of the training captions that feeds it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from visavis.encoders.tokens import find_unknown_words, words_of
from visavis.registry import Registry
from visavis.training.recipe import TextRecipe
from visavis.training.tokenizer import train_tokenizer, train_word_tokenizer
from visavis.training.towers.subwords import SubwordTower
from visavis.training.towers.text import TextTower
from visavis.training.towers.words import WordTower
from visavis.training.whole_words import keep_whole
from visavis.training.word_table import spellings, vectors_for
from visavis.wordvectors import WordVectors, load_word_vectors
from visavis.wordvectors.learning import train_word_vectors

LEARNED = "train"  # in place of a file: word2vec trained on the captions
KNOWN_FROM = 5  # texts with a word, after which the model knows it, however it is spelled


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A tokenizer, the tower that takes its ids, and the word vectors, if there are any."""

    tokenizer: Tokenizer
    tower: TextTower
    words: WordVectors | None = None

    def tokens(self, texts: Sequence[str]) -> Tensor:
        """Return token ids of texts, int64 (n, tokens), padded at the end as the tower has it."""
        found = self.tokenizer.encode_batch(list(texts))
        ids = np.array([encoding.ids for encoding in found], np.int64)
        used = np.array([encoding.attention_mask for encoding in found], bool)
        return torch.from_numpy(np.where(used, ids, self.tower.pad))


def known_words(tokenizer: Tokenizer, texts: Sequence[str]) -> list[str]:
    """List the words that a model learns though its tokenizer has fragments of them alone.

    They are in lower case, sorted, and in `KNOWN_FROM` different texts or more.
    """
    counts = Counter(
        word for text in set(texts) for word in {each.lower() for each in words_of(text)}
    )
    frequent = [word for word, count in counts.items() if count >= KNOWN_FROM]
    return sorted(find_unknown_words(tokenizer, " ".join(frequent)))


@dataclass(frozen=True, slots=True)
class VocabularyTexts:
    """The texts that a vocabulary is built from: captions, other texts and names of classes.

    Each word of the names gets a token of its own where tokens are subwords.
    """

    captions: Sequence[str]
    others: Sequence[str] = ()
    names: Sequence[str] = ()

    @property
    def all(self) -> list[str]:
        """Captions, other texts and names."""
        return [*self.captions, *self.others, *self.names]


TextTowerBuilder = Callable[[TextRecipe, int, VocabularyTexts, int], Vocabulary]

TEXT_TOWERS: Registry[TextTowerBuilder] = Registry("text_towers")
"""Functions of a recipe, the length of vectors, the texts of the training data and a seed."""


def build_vocabulary(recipe: TextRecipe, dim: int, texts: VocabularyTexts, seed: int) -> Vocabulary:
    """Make the tokenizer and the text tower of a recipe, from the training texts alone."""
    vocabulary = TEXT_TOWERS.get(recipe.tower)(recipe, dim, texts, seed)
    if recipe.frozen:
        vocabulary.tower.freeze()
    return vocabulary


@TEXT_TOWERS.register("subwords")
def _subwords(recipe: TextRecipe, dim: int, texts: VocabularyTexts, seed: int) -> Vocabulary:  # noqa: ARG001 - as all
    tokenizer = train_tokenizer(texts.all, recipe.vocabulary, recipe.max_tokens)
    tokenizer = keep_whole(tokenizer, texts.names)
    tower = SubwordTower(
        tokenizer.get_vocab_size(),
        dim,
        width=recipe.width,
        layers=recipe.layers,
        max_tokens=recipe.max_tokens,
        dropout=recipe.dropout,
        anchors=recipe.hubness,
    )
    return Vocabulary(tokenizer, tower)


@TEXT_TOWERS.register("words")
def _words(recipe: TextRecipe, dim: int, texts: VocabularyTexts, seed: int) -> Vocabulary:
    tokenizer = train_word_tokenizer(texts.all, recipe.max_tokens)
    spelled = spellings(texts.all)
    if recipe.vectors == LEARNED:
        vectors = train_word_vectors(texts.all, recipe.width, seed)
    else:
        wanted = {spelling for each in spelled.values() for spelling in each}
        vectors = load_word_vectors(recipe.vectors, wanted)
    laid_out = vectors_for(tokenizer, vectors, spelled)
    tower = WordTower(
        torch.from_numpy(laid_out.vectors),
        dim,
        pooling=recipe.pooling,
        hidden=dim,
        dropout=recipe.dropout,
        anchors=recipe.hubness,
    )
    return Vocabulary(tokenizer, tower, laid_out)


@TEXT_TOWERS.register("language")
def _language(recipe: TextRecipe, dim: int, texts: VocabularyTexts, seed: int) -> Vocabulary:  # noqa: ARG001 - as all
    from visavis.training.towers.language import open_language

    made: Any = open_language(
        recipe.model,
        dim,
        max_tokens=recipe.max_tokens,
        dropout=recipe.dropout,
        bfloat16=recipe.bfloat16,
        anchors=recipe.hubness,
    )
    tokenizer, tower = made
    return Vocabulary(tokenizer, tower)


@TEXT_TOWERS.register("adapted")
def _adapted(recipe: TextRecipe, dim: int, texts: VocabularyTexts, seed: int) -> Vocabulary:  # noqa: ARG001 - as all
    from visavis.training.towers.adapted import open_adapted

    tokenizer, tower = open_adapted(
        recipe.model,
        dim,
        texts.all,
        texts.names,
        vocabulary=recipe.vocabulary,
        layers=recipe.layers,
        max_tokens=recipe.max_tokens,
        dropout=recipe.dropout,
        bfloat16=recipe.bfloat16,
        anchors=recipe.hubness,
    )
    return Vocabulary(tokenizer, tower)
