"""Images drawn by a program, of classes that photographs of people do not show, with names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from drawn.canvas import photograph
from drawn.hand import DRAWN_CLASSES, Hand, Texts

__all__ = ["DRAWN_CLASSES", "Drawing", "draw_images"]

# Each module registers what it draws; seeds are numbered in this order.
THEMES = (
    "charts codes documents figures flags nature patterns science screens space surfaces writing"
)
for theme in THEMES.split():
    import_module(f"drawn.{theme}")


@dataclass(frozen=True, slots=True)
class Drawing:
    """An image, its class, and ways to say in English and in French what it shows."""

    pixels: NDArray[np.uint8]
    label: str
    texts: Texts


def draw_images(count: int, seed: int, sentences: Sequence[str]) -> list[Drawing]:
    """Draw `count` images of each class; writing takes its words from the sentences."""
    return [
        _draw(name, Hand([seed, index, number], sentences))
        for index, name in enumerate(DRAWN_CLASSES)
        for number in range(count)
    ]


def _draw(name: str, hand: Hand) -> Drawing:
    drawn = DRAWN_CLASSES[name]
    pixels, texts = drawn.draw(hand)
    if hand.chance(drawn.grey):
        pixels = np.repeat(pixels.mean(axis=2, keepdims=True), 3, axis=2)
    return Drawing(photograph(pixels, hand, drawn.spoil), name, texts)
