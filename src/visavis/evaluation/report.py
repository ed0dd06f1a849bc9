"""The report of one model on one split of a dataset, in one language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from visavis.evaluation.embedding import EmbeddedSplit
from visavis.evaluation.metrics import recall_sum
from visavis.evaluation.ranks import Ranks
from visavis.evaluation.semantic_ranks import SemanticRanks
from visavis.evaluation.summary import STABLE, summarize, summarize_with_intervals

DIRECTIONS = ("image_to_text", "text_to_image")


@dataclass(frozen=True, slots=True)
class Report:
    """Ranks in every direction of search, and what they were computed on.

    `text_to_text` holds searches for the other captions of the same image, by the language of
    the captions searched; `semantic` is set if a relevance model was named.
    """

    embedded: EmbeddedSplit
    image_to_text: Ranks
    text_to_image: Ranks
    text_to_text: Mapping[str, Ranks]
    folds: int = 1
    notes: tuple[str, ...] = ()
    semantic: SemanticRanks | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the stable keys only, without intervals; recalls are in percent."""
        return {
            **self._facts(),
            "image_to_text": _stable(self.image_to_text),
            "text_to_image": _stable(self.text_to_image),
        }

    def details(self) -> dict[str, Any]:
        """Return what `visavis evaluate --json` prints: the keys of `to_json`, and more."""
        return {
            **self._facts(),
            "image_to_text": summarize_with_intervals(
                self.image_to_text, self.image_to_text.queries
            ),
            "text_to_image": self._summarize_texts(self.text_to_image),
            "text_to_text": {
                lang: self._summarize_texts(ranks) for lang, ranks in self.text_to_text.items()
            },
            "recall_sum": round(recall_sum(self.image_to_text.first, self.text_to_image.first), 2),
            "folds": self.folds,
            "notes": list(self.notes),
            **({"semantic": self.semantic.to_json()} if self.semantic else {}),
        }

    def _summarize_texts(self, ranks: Ranks) -> dict[str, Any]:
        return summarize_with_intervals(ranks, self.embedded.image_index[ranks.queries])

    def _facts(self) -> dict[str, Any]:
        return {
            "dataset": self.embedded.dataset,
            "split": self.embedded.split,
            "lang": self.embedded.lang,
            "images": len(self.embedded.keys),
            "captions": len(self.embedded.captions),
            "model": self.embedded.model,
        }


def _stable(ranks: Ranks) -> dict[str, float]:
    found = summarize(ranks)
    return {name: found[name] for name in STABLE}
