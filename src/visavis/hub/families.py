"""Text processing by model type, where no configuration file specifies it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from visavis.errors import ModelError


@dataclass(frozen=True, slots=True)
class Family:
    """Truncation, padding and pooling of texts for one model type.

    `padding` is to the longest text of a batch or always to the limit; `max_tokens` lowers a
    larger limit. `pooling` is for the record only: the network does it.
    """

    pooling: str
    padding: Literal["longest", "limit"] = "longest"
    max_tokens: int | None = None
    lowercase: bool = False


_DEFAULT = Family("the network's own")

FAMILIES = {
    "align": Family("first", "limit", 64),
    "altclip": Family("first"),
    "chinese_clip": Family("first"),
    "clip": Family("end-of-text"),
    "metaclip_2": Family("end-of-text"),
    "siglip": Family("last", "limit", lowercase=True),
}
"""Families by the `model_type` of `config.json`."""


def family_of(config: Mapping[str, Any]) -> Family:
    """Return the family of a model by its `config.json`; raise ModelError if unsupported."""
    kind = config.get("model_type")
    if kind == "siglip2":
        raise ModelError(
            "a SigLIP 2 model of variable resolution (NaFlex); take one of a fixed resolution, "
            "such as google/siglip2-base-patch16-224"
        )
    return FAMILIES.get(str(kind), _DEFAULT)


def token_limit(config: Mapping[str, Any], family: Family, tokenizer_limit: float) -> int:
    """Return the largest number of tokens that model, family and tokenizer all accept."""
    text = config.get("text_config") or config
    positions = text.get("max_position_embeddings")
    if positions and text.get("model_type") in {"roberta", "xlm-roberta"}:
        positions -= 1 + (text.get("pad_token_id") or 1)  # they count from behind the padding
    limits = [limit for limit in (positions, family.max_tokens, tokenizer_limit) if limit]
    return int(min(limits))
