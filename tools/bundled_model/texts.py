"""Texts as tokens, and their vectors."""

from __future__ import annotations

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from visavis.training.towers.text import TextTower

CHUNKS = 4  # texts are encoded in groups of like length, so that little is padding


def tokenize(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    found = tokenizer.encode_batch(texts)
    return [encoding.ids[: sum(encoding.attention_mask)] for encoding in found]


def encode_tokens(tower: TextTower, tokens: list[list[int]], *, half: bool = False) -> Tensor:
    """Encode token lists of any lengths: (n, dim), in the order given.

    With `half` the tower computes in bfloat16 where that is safe.
    """
    order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
    parts = []
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        for chunk in np.array_split(np.array(order), min(CHUNKS, len(order))):
            own = [torch.tensor(tokens[i]) for i in chunk]
            parts.append(tower(nn.utils.rnn.pad_sequence(own, batch_first=True)))
    return torch.cat(parts).float()[torch.from_numpy(np.argsort(order))]
