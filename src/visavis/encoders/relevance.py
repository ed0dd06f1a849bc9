"""The relevance of a hit: the probability that an image with its score is what a text asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from math import exp, isfinite, log
from typing import Any

WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class RelevanceCurve:
    """A logistic curve from a score to a probability, fitted to one model.

    For a cosine s, a text of w words and n images to choose from, the relevance is
    1 / (1 + exp(-x)) with x = `intercept` + `score` s + `images` ln n + `words` ln w: the best of
    many images scores higher than the best of few, even if none fits, and short texts score lower
    than long ones, even if all fit. 0.5 means that such a score is as common for the best image
    where one fits as where none does. Results below `cut` may be hidden. `fitted` says on what
    data this was measured.
    """

    intercept: float
    score: float
    images: float
    words: float
    cut: float
    fitted: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False)

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> RelevanceCurve:
        """Read a curve from `model.json`; raises ValueError, KeyError or TypeError."""
        numbers = {each.name: float(values[each.name]) for each in fields(cls)[:-1]}
        if not all(map(isfinite, numbers.values())):
            raise ValueError(f"relevance {numbers} is not finite")
        return cls(**numbers, fitted=dict(values.get("fitted", {})))

    def to_json(self) -> dict[str, Any]:
        """Return the curve as `model.json` keeps it."""
        return asdict(self)

    def relevance(self, score: float, text: str, images: int) -> float:
        """Return the relevance, in (0, 1), of an image for a text."""
        x = self.intercept + self.score * score
        x += self.images * log(max(images, 1)) + self.words * log(count_words(text))
        return 1 / (1 + exp(-max(min(x, 50.0), -50.0)))


def count_words(text: str) -> int:
    """Count the words of a text; one without any counts as one."""
    return max(1, len(WORD.findall(text)))
