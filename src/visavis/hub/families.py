"""What the processors of each kind of model do with texts that no configuration file says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from visavis.errors import ModelError


@dataclass(frozen=True, slots=True)
class Family:
    """How texts of one model type are cut and padded, and which token stands for the whole.

    `padding` is to the longest text of a batch or always to the limit; `max_tokens` replaces a
    limit that would be larger. `pooling` is kept for the record: the network does it.
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
"""By the `model_type` of their `config.json`."""


def family_of(config: Mapping[str, Any]) -> Family:
    """Return the family of a model by its `config.json`; raises ModelError for one unfit."""
    kind = config.get("model_type")
    if kind == "siglip2":
        raise ModelError(
            "a SigLIP 2 model of variable resolution (NaFlex); take one of a fixed resolution, "
            "such as google/siglip2-base-patch16-224"
        )
    return FAMILIES.get(str(kind), _DEFAULT)


def token_limit(config: Mapping[str, Any], family: Family, tokenizer_limit: float) -> int:
    """Return how many tokens of a text count: the least of what each part has room for."""
    text = config.get("text_config") or config
    positions = text.get("max_position_embeddings")
    if positions and text.get("model_type") in {"roberta", "xlm-roberta"}:
        positions -= 1 + (text.get("pad_token_id") or 1)  # they count from behind the padding
    limits = [limit for limit in (positions, family.max_tokens, tokenizer_limit) if limit]
    return int(min(limits))
