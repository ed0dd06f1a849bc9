"""Recall on the dev split, by which epochs are chosen."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from visavis.evaluation.metrics import recall_at
from visavis.evaluation.protocol import rank_both_ways
from visavis.training.data import Pairs, Rows
from visavis.training.inputs import ImageInputs
from visavis.training.model import TwoTowers, encode

CUTOFFS = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class DevResult:
    """Recalls in percent by name, such as `en/image to text/R@1`, and the ranks behind them."""

    figures: dict[str, float]
    ranks: dict[str, tuple[Rows, Rows]]
    """Of each language, image to text and text to image."""
    vectors: tuple[Tensor, Tensor] = field(repr=False)
    """Of the images and the texts of dev."""

    @property
    def recall_sum(self) -> float:
        """Return the sum of the recalls at 1, 5 and 10, both ways, averaged over languages."""
        return sum(self.figures.values()) / len(self.ranks)

    def __str__(self) -> str:
        parts = []
        for lang in self.ranks:
            ways = [
                "/".join(f"{self.figures[f'{lang}/{way}/R@{k}']:.1f}" for k in CUTOFFS)
                for way in ("image to text", "text to image")
            ]
            parts.append(f"{lang} " + " | ".join(ways))
        return ", ".join(parts)


def measure(model: TwoTowers, inputs: ImageInputs, tokens: Tensor, pairs: Pairs) -> DevResult:
    """Rank the captions of each language for all images, and the other way round."""
    images, texts = encode(model, inputs, tokens)
    figures, ranks = {}, {}
    for lang in sorted(set(pairs.langs)):
        rows = pairs.of_language(lang)
        scores = (images @ texts[rows].T).cpu().numpy()
        ranks[lang] = rank_both_ways(scores, pairs.image_of_caption[rows])
        for way, way_ranks in zip(("image to text", "text to image"), ranks[lang], strict=True):
            for k in CUTOFFS:
                figures[f"{lang}/{way}/R@{k}"] = recall_at(k, way_ranks)
    return DevResult(figures, ranks, (images, texts))
