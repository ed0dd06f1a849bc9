"""The normal form of texts: without case, accents and punctuation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers.normalizers import Normalizer


def normalizer() -> Normalizer:
    """Return the normalizer that takes case, accents and punctuation out of a text."""
    from tokenizers import Regex
    from tokenizers.normalizers import NFKD, Lowercase, Replace, Sequence, Strip, StripAccents

    return Sequence(
        [NFKD(), StripAccents(), Lowercase(), Replace(Regex(r"[^\p{L}\p{N}]+"), " "), Strip()]
    )
