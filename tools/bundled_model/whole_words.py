"""Words that get tokens of their own, so that no pieces of other words have to stand for them."""

from __future__ import annotations

import json
from collections.abc import Iterable

import torch
from tokenizers import Tokenizer
from torch import Tensor

START = "▁"  # of a word


def split_words(tokenizer: Tokenizer, texts: Iterable[str]) -> list[str]:
    """List the words of texts, as the tokenizer sees them, that it cuts in pieces."""
    normalise = tokenizer.normalizer.normalize_str
    words = {word for text in texts for word in normalise(text).split()}
    return sorted(word for word in words if len(pieces(tokenizer, word)) > 1)


def with_words(tokenizer: Tokenizer, words: list[str]) -> Tokenizer:
    """Return a tokenizer that leaves these words whole; all others it cuts as before."""
    made = json.loads(tokenizer.to_str())
    model, size = made["model"], tokenizer.get_vocab_size()
    model["vocab"] |= {START + word: size + row for row, word in enumerate(words)}
    model["ignore_merges"] = True  # a word that is a token is not cut
    return Tokenizer.from_str(json.dumps(made))


def rows_of(tokenizer: Tokenizer, words: list[str], table: Tensor) -> Tensor:
    """Begin with the mean of what stood for each word in the table until now: (words, width)."""
    return torch.stack([table[pieces(tokenizer, word)].mean(dim=0) for word in words])


def pieces(tokenizer: Tokenizer, word: str) -> list[int]:
    found = tokenizer.encode(word, add_special_tokens=False)
    return list(found.ids)
