"""Words with tokens of their own, so that no pieces of other words stand for them."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tokenizers import Tokenizer

START = "▁"  # of a word


def keep_whole(tokenizer: Tokenizer, texts: Iterable[str]) -> Tokenizer:
    """Return a tokenizer with one token for each word of `texts`; others are cut as before."""
    words = split_words(tokenizer, texts)
    if not words:
        return tokenizer
    made = json.loads(tokenizer.to_str())
    model, size = made["model"], tokenizer.get_vocab_size()
    model["vocab"] |= {START + word: size + row for row, word in enumerate(words)}
    model["ignore_merges"] = True  # a word that is a token is not cut
    return Tokenizer.from_str(json.dumps(made))


def split_words(tokenizer: Tokenizer, texts: Iterable[str]) -> list[str]:
    """List the words of texts, as the tokenizer sees them, that it cuts in pieces."""
    normalise = tokenizer.normalizer.normalize_str
    words = {word for text in texts for word in normalise(text).split()}
    return sorted(word for word in words if len(pieces(tokenizer, word)) > 1)


def pieces(tokenizer: Tokenizer, word: str) -> list[int]:
    """Return the ids of a word, without [CLS]."""
    return list(tokenizer.encode(word, add_special_tokens=False).ids)
