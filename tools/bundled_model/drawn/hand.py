"""The hand that draws: random numbers, sentences to write, and the classes it draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Canvas = NDArray[np.float32]  # (224, 224, 3), of 0 to 255
Texts = list[tuple[str, str]]  # (English, French)
Thing = TypeVar("Thing")


class Hand(np.random.Generator):
    """Random numbers to draw by, and the sentences that writing takes its words from."""

    def __init__(self, seed: Sequence[int], sentences: Sequence[str]) -> None:
        super().__init__(np.random.PCG64(seed))
        self.sentences = sentences

    def chance(self, share: float) -> bool:
        return bool(self.random() < share)

    def pick(self, things: Sequence[Thing]) -> Thing:
        return things[int(self.integers(len(things)))]

    def number(self, low: int, high: int) -> int:
        """Draw a whole number between two, both included."""
        return int(self.integers(low, high + 1))

    def tint(self, low: float, high: float) -> NDArray[np.float32]:
        """Draw any colour of channels between two values."""
        return self.uniform(low, high, 3).astype(np.float32)

    def dull(self, low: float, high: float) -> NDArray[np.float32]:
        """Draw a colour that is nearly grey, as most tables and walls have."""
        return self.near([self.uniform(low, high)] * 3, self.pick((10, 25, 60)))

    def near(self, rgb: Sequence[float], spread: float = 20) -> NDArray[np.float32]:
        """Draw a colour near another."""
        shade = np.asarray(rgb) * self.uniform(0.85, 1.12) + self.normal(0, spread / 4, 3)
        return shade.clip(0, 255).astype(np.float32)

    def text(self, length: int) -> str:
        """Put sentences one after another until they are long enough."""
        text = ""
        while len(text) < length:
            text += self.pick(self.sentences) + " "
        return text[:length]

    def word(self) -> str:
        return self.pick(self.pick(self.sentences).split() or ["mot"]).strip(".,;:!?")


@dataclass(frozen=True, slots=True)
class DrawnClass:
    """How to draw a class, the share of grey images, and how much a camera degrades them."""

    draw: Callable[[Hand], tuple[Canvas, Texts]]
    grey: float
    spoil: float


DRAWN_CLASSES: dict[str, DrawnClass] = {}
Draw = Callable[[Hand], tuple[Canvas, Texts]]


def drawn_class(*, grey: float = 0.0, spoil: float = 1.0) -> Callable[[Draw], Draw]:
    """Register a function that draws the class it is named after."""

    def register(draw: Draw) -> Draw:
        DRAWN_CLASSES[draw.__name__] = DrawnClass(draw, grey, spoil)
        return draw

    return register


def pairs(*lines: str) -> Texts:
    """Split "English / French" lines, of which each may hold several such pairs after ";"."""
    halves = [pair.split("/") for line in lines for pair in line.split(";")]
    return [(english.strip(), french.strip()) for english, french in halves]
