"""Truncation, padding and lower case, built into a `tokenizer.json`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules to make texts rows of equal length: at most `max_tokens`, padded with one token."""

    max_tokens: int
    padding: Literal["longest", "limit"]
    pad_id: int
    pad_token: str
    side: Literal["left", "right"] = "right"
    lowercase: bool = False


def apply_rules(tokenizer: Tokenizer, rules: Rules) -> Tokenizer:
    """Build the rules into a tokenizer, so that its file alone is enough."""
    tokenizer.enable_truncation(rules.max_tokens)
    tokenizer.enable_padding(
        direction=rules.side,
        pad_id=rules.pad_id,
        pad_token=rules.pad_token,
        length=rules.max_tokens if rules.padding == "limit" else None,
    )
    if rules.lowercase:
        from tokenizers.normalizers import Lowercase, Sequence

        own = [tokenizer.normalizer] if tokenizer.normalizer else []
        tokenizer.normalizer = Sequence([Lowercase(), *own])
    return tokenizer
