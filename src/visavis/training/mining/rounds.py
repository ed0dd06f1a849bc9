"""Negatives for a whole round of epochs, drawn from all of the training captions."""

from __future__ import annotations

import torch
from torch import Tensor

from visavis.training.examples import Examples
from visavis.training.inputs import ImageInputs
from visavis.training.mining import MINERS, Candidates, near_duplicates
from visavis.training.model import TwoTowers, encode
from visavis.training.recipe import Stage

IMAGES = 16  # mined at once: 80 pairs × 30,000 captions are 10 MB of scores


@torch.no_grad()
def draw_negatives(
    model: TwoTowers,
    train: Examples,
    images: ImageInputs,
    stage: Stage,
    generator: torch.Generator,
) -> Tensor:
    """Return, for each training caption, a caption that does not fit its image, or -1."""
    vectors, texts = encode(model, images, train.tokens)
    image_of_text = torch.from_numpy(train.pairs.image_of_caption).to(vectors.device)
    negatives = torch.full_like(image_of_text, -1)
    mine = MINERS.get(stage.miner)
    for rows in torch.split(torch.arange(len(vectors), device=vectors.device), IMAGES):
        positives = rows[:, None] == image_of_text[None, :]
        allowed = ~positives
        if stage.duplicates < 1:
            allowed = ~near_duplicates(texts, positives, stage.duplicates)
        scores = vectors[rows] @ texts.T
        _, captions = positives.nonzero(as_tuple=True)
        negatives[captions] = mine(Candidates(scores, positives, allowed, generator, stage.share))
    return negatives.cpu()
