"""Images drawn by program, of kinds that no photograph of people shows, with their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drawn import (
    charts,
    codes,
    documents,
    figures,
    flags,
    nature,
    patterns,
    science,
    screens,
    space,
    surfaces,
    writing,
)
from drawn.canvas import photograph
from drawn.hand import KINDS, Hand, Texts

__all__ = ["KINDS", "THEMES", "Drawing", "draw_images"]
THEMES = (documents, writing, screens, charts, codes, patterns, surfaces, nature, space, science)
THEMES += (figures, flags)


@dataclass(frozen=True, slots=True)
class Drawing:
    """An image, its kind, and ways to say in English and in French what it shows."""

    pixels: NDArray[np.uint8]
    kind: str
    texts: Texts


def draw_images(count_per_kind: int, seed: int, sentences: Sequence[str]) -> list[Drawing]:
    """Draw some images of each kind, whose writing takes its words from the sentences."""
    return [
        _draw(name, Hand([seed, index, number], sentences))
        for index, name in enumerate(KINDS)
        for number in range(count_per_kind)
    ]


def _draw(name: str, hand: Hand) -> Drawing:
    kind = KINDS[name]
    pixels, texts = kind.draw(hand)
    if hand.chance(kind.grey):
        pixels = np.repeat(pixels.mean(axis=2, keepdims=True), 3, axis=2)
    return Drawing(photograph(pixels, hand, kind.spoil), name, texts)
