"""Inputs of text networks: token ids, and masks if the network has inputs for them."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from visavis.errors import ModelError

if TYPE_CHECKING:
    import onnxruntime
    from tokenizers import Encoding, Tokenizer

INPUTS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
"""Inputs of text networks, with the tokenizer's names for them."""


_WORD = re.compile(r"[^\W_]+|[\U0001f300-\U0001faff\u2600-\u27bf]")
"""A word, or a pictogram."""

_UNKNOWN = {"[UNK]", "<unk>", "<UNK>"}
_SPACE = {"▁", "Ġ"}
"""Pieces that only say that a word begins."""

_FRAGMENTS = 3
"""A word in this many pieces may be one that the tokenizer had to spell."""
_LETTERS = 2
"""Letters a piece, on average, of such a word. The bundled model's tokenizer cuts 97 % of words of
random letters so: see benchmarks/relevance.py."""


def open_tokenizer(path: str) -> Tokenizer:
    """Load a `tokenizer.json`, which includes its rules to cut and pad."""
    from tokenizers import Tokenizer

    tokenizer: Tokenizer = Tokenizer.from_file(path)
    return tokenizer


def text_inputs(
    session: onnxruntime.InferenceSession, tokenizer: Tokenizer, texts: Sequence[str]
) -> dict[str, NDArray[Any]]:
    """Return the inputs (texts, tokens) of a text network, by name.

    Raises ModelError if the network has an input that is not known.
    """
    found = tokenizer.encode_batch(list(texts))
    inputs = session.get_inputs()
    return {each.name: _input(each, found, alone=len(inputs) == 1) for each in inputs}


def words_of(text: str) -> list[str]:
    """Return the words and pictograms of a text, in order."""
    return _WORD.findall(text)


def find_unknown_words(
    tokenizer: Tokenizer, text: str, known: Container[str] = frozenset()
) -> list[str]:
    """Return the words of a text that a tokenizer does not know, each once.

    A word is unknown if there is a letter that no piece stands for, or if it is spelled in
    fragments: three or more, of two letters or fewer on average. Scripts without capitals are
    often cut into single characters, so their words are unknown only with more pieces than
    characters. A word of larger pieces counts as known, though the model may never have read it,
    and so does one that is `known` in lower case.
    """
    return [
        word
        for word in dict.fromkeys(words_of(text))
        if word.lower() not in known and _is_unknown(tokenizer, word)
    ]


def _is_unknown(tokenizer: Tokenizer, word: str) -> bool:
    found = tokenizer.encode(word, add_special_tokens=False)
    tokens = [
        token
        for token, used in zip(found.tokens, found.attention_mask, strict=True)
        if used and token not in _SPACE
    ]
    if not tokens or not _UNKNOWN.isdisjoint(tokens):
        return True
    has_capitals = word.lower() != word.upper()
    letters = _LETTERS * len(tokens) if has_capitals else len(tokens) - 1
    return len(tokens) >= _FRAGMENTS and len(word) <= letters


def _input(needed: onnxruntime.NodeArg, found: Sequence[Encoding], *, alone: bool) -> NDArray[Any]:
    field = "ids" if alone else INPUTS.get(needed.name)
    if field is None:
        known = ", ".join(INPUTS)
        raise ModelError(f"the text network asks for {needed.name!r}; known inputs: {known}")
    dtype = np.int32 if needed.type == "tensor(int32)" else np.int64
    return np.array([getattr(each, field) for each in found], dtype)
