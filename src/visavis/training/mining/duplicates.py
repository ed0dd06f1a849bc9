"""Captions of different images that say the same: neither positives nor negatives."""

from __future__ import annotations

from torch import Tensor


def near_duplicates(texts: Tensor, positives: Tensor, threshold: float) -> Tensor:
    """Mark the texts that say what one of a row's own texts says: boolean, (rows, texts).

    `texts` (texts, dim) are unit vectors, `positives` (rows, texts) says whose they are; nearly
    the same is a cosine of at least `threshold`. A row's own texts are marked as well, so that
    what is not marked may serve as a negative.
    """
    used = positives.any(dim=0)
    alike = texts[used] @ texts.T >= threshold  # (own texts, texts)
    return (positives[:, used].float() @ alike.float() > 0) | positives
