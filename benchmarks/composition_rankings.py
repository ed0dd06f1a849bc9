"""Ways to join an image and a text that `composition.py` and `shop.py` compare."""

from __future__ import annotations

from dataclasses import replace

from visavis.queries import FUSIONS, Fusion, LinearQuery, MomentsOf, Terms
from visavis.queries.fusion import centred

BALANCES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
"""Weights of the text, beside 1 less that of the image."""
IMAGES_CENTRED = "only images centred"
RIVALS = ("sum", "calibrated", IMAGES_CENTRED, "text only", "image only")
"""What the default fusion is compared with."""


def fusions() -> dict[str, Fusion]:
    """Return the fusions that ship, and `centred` with texts as they are, by name."""
    shipped = {name: FUSIONS.get(name) for name in FUSIONS.names()}
    return {**shipped, IMAGES_CENTRED: images_centred}


def images_centred(terms: Terms, moments: MomentsOf) -> LinearQuery:
    """Join as `centred` does, with texts as they are."""
    return centred(replace(terms, text_mean=None), moments)
