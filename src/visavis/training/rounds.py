"""Wrong captions for a whole round of epochs, drawn from all of the training captions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from visavis.training.dev import encode
from visavis.training.inputs import Inputs
from visavis.training.mining import MINERS, near_duplicates
from visavis.training.model import TwoTowers
from visavis.training.objective import Direction, candidates
from visavis.training.recipe import Stage

if TYPE_CHECKING:
    from visavis.training.loop import Materials

IMAGES = 16  # mined at once: 80 pairs × 30,000 captions are 10 MB of scores


@torch.no_grad()
def draw_negatives(
    model: TwoTowers,
    inputs: Inputs,
    materials: Materials,
    stage: Stage,
    generator: torch.Generator,
) -> Tensor:
    """Return, for each training caption, a caption that does not fit its image, or -1."""
    images, texts = encode(model, inputs, materials.tokens, pixels=stage.backbone)
    owners = torch.from_numpy(materials.data.train.owners).to(images.device)
    wrong = torch.full_like(owners, -1)
    mine = MINERS.get(stage.miner)
    for rows in torch.split(torch.arange(len(images), device=images.device), IMAGES):
        positives = rows[:, None] == owners[None, :]
        allowed = ~positives
        if stage.duplicates < 1:
            allowed = ~near_duplicates(texts, positives, stage.duplicates)
        direction = Direction(images[rows] @ texts.T, positives, allowed)
        _, captions = positives.nonzero(as_tuple=True)
        wrong[captions] = mine(candidates(stage, direction, generator))
    return wrong.cpu()
