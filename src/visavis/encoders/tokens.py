"""Inputs of text networks: token ids, and masks if the network has inputs for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from visavis.errors import ModelError

if TYPE_CHECKING:
    import onnxruntime
    from tokenizers import Encoding, Tokenizer

INPUTS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
"""Inputs of text networks, with the tokenizer's names for them."""


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


def _input(needed: onnxruntime.NodeArg, found: Sequence[Encoding], *, alone: bool) -> NDArray[Any]:
    field = "ids" if alone else INPUTS.get(needed.name)
    if field is None:
        known = ", ".join(INPUTS)
        raise ModelError(f"the text network asks for {needed.name!r}; known inputs: {known}")
    dtype = np.int32 if needed.type == "tensor(int32)" else np.int64
    return np.array([getattr(each, field) for each in found], dtype)
