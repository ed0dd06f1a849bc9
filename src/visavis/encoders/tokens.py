"""From texts to what a text network takes: token ids, and masks where it asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from visavis.errors import ModelError

if TYPE_CHECKING:
    import onnxruntime
    from tokenizers import Encoding, Tokenizer

PARTS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
"""Inputs of text networks, and what the tokenizer calls them."""


def open_tokenizer(path: str) -> Tokenizer:
    """Load a `tokenizer.json`; how it cuts and pads stands in the file itself."""
    from tokenizers import Tokenizer

    tokenizer: Tokenizer = Tokenizer.from_file(path)
    return tokenizer


def text_inputs(
    session: onnxruntime.InferenceSession, tokenizer: Tokenizer, texts: Sequence[str]
) -> dict[str, NDArray[Any]]:
    """Return the inputs (texts, tokens) that a text network asks for, by name.

    Raises ModelError for an input that is none of those known.
    """
    found = tokenizer.encode_batch(list(texts))
    inputs = session.get_inputs()
    return {each.name: _input(each, found, alone=len(inputs) == 1) for each in inputs}


def _input(asked: onnxruntime.NodeArg, found: Sequence[Encoding], *, alone: bool) -> NDArray[Any]:
    part = "ids" if alone else PARTS.get(asked.name)
    if part is None:
        known = ", ".join(PARTS)
        raise ModelError(f"the text network asks for {asked.name!r}; known inputs: {known}")
    dtype = np.int32 if asked.type == "tensor(int32)" else np.int64
    return np.array([getattr(each, part) for each in found], dtype)
