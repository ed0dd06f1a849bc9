"""The dev split: what every choice is made by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from corpus import load_pixels
from numpy.typing import NDArray
from texts import encode_tokens, tokenize
from tokenizers import Tokenizer

from visavis.datasets import Dataset
from visavis.evaluation.metrics import recall_at
from visavis.evaluation.protocol import rank_both_ways
from visavis.training.model import DualEncoder

CUTOFFS = (1, 5, 10)


@dataclass
class Dev:
    """The dev split: images, and tokens and owners of the captions of each language."""

    pixels: NDArray[np.uint8]
    captions: dict[str, tuple[list[list[int]], NDArray[np.int64]]]

    @classmethod
    def read(cls, dataset: Dataset, tokenizer: Tokenizer) -> Dev:
        dev = dataset.select(split="dev")
        row_of = {image: row for row, image in enumerate(dev.images)}
        captions = {}
        for lang in ("en", "fr"):
            own = [c for c in dev.captions if c.lang == lang and not c.machine]
            owners = np.array([row_of[c.image] for c in own])
            captions[lang] = (tokenize(tokenizer, [c.text for c in own]), owners)
        return cls(load_pixels(list(dev.images.values())), captions)

    @torch.inference_mode()
    def figures(self, model: DualEncoder) -> dict[str, float]:
        """Return recalls in percent, such as `en i2t 1` or `fr t2i 10`."""
        batches = torch.from_numpy(self.pixels).split(100)
        images = torch.cat([model.image(batch) for batch in batches])
        found = {}
        for lang, (tokens, owners) in self.captions.items():
            texts = encode_tokens(model.text, tokens)
            ranks = rank_both_ways((images @ texts.T).numpy(), owners)
            for way, own in zip(("i2t", "t2i"), ranks, strict=True):
                for k in CUTOFFS:
                    found[f"{lang} {way} {k}"] = recall_at(k, own)
        return found


def describe(figures: dict[str, float]) -> str:
    rows = [
        f"{lang} {way} " + "/".join(f"{figures[f'{lang} {way} {k}']:.1f}" for k in CUTOFFS)
        for lang in ("en", "fr")
        for way in ("i2t", "t2i")
    ]
    return " | ".join(rows)


def selection(figures: dict[str, float]) -> float:
    """What a model is chosen by on dev: both ways in English, text to image in French."""
    english = sum(figures[f"en {way} {k}"] for way in ("i2t", "t2i") for k in CUTOFFS)
    return english + sum(figures[f"fr t2i {k}"] for k in CUTOFFS)
