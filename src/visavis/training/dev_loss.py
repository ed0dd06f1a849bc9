"""The loss of a stage on the dev split, from the vectors that its recall is measured with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from visavis.training.batches import Batch, ImageBatches
from visavis.training.data import Pairs
from visavis.training.losses import LOSSES, LossContext
from visavis.training.model import TwoTowers
from visavis.training.objective import Objective
from visavis.training.recipe import Stage, loss_terms


class DevLoss:
    """The mean loss over batches of the dev split, the same ones after every epoch.

    Batches have the size of the stage's, or all of dev if that is smaller; images left over are
    left out. Counted are the losses that need scores alone, without past vectors of a queue; where
    negatives are drawn for a round, they come from the batch here.
    """

    def __init__(self, stage: Stage, size: int, pairs: Pairs, seed: int) -> None:
        self.seed = seed
        self.batches = ImageBatches(
            pairs.image_of_caption, min(size, len(pairs.paths)), stage.captions
        )
        terms = loss_terms(stage).items()
        plain = [f"{weight:g}*{name}" for name, weight in terms if _needs_scores_alone(name)]
        self.stage = replace(stage, loss="+".join(plain), queue=0) if plain else None

    @torch.no_grad()
    def measure(
        self, model: TwoTowers, learned: Objective, vectors: tuple[Tensor, Tensor]
    ) -> float:
        """Return the loss of unit vectors of all dev images and captions; NaN if there is none."""
        if self.stage is None:
            return float("nan")
        images, texts = vectors
        generator = torch.Generator().manual_seed(self.seed)
        objective = Objective(self.stage, images.shape[1], generator).to(images.device)
        objective.log_scale.copy_(learned.log_scale)
        objective.bias.copy_(learned.bias)
        objective.most_scale = learned.most_scale
        batches = self.batches.epoch(np.random.default_rng(self.seed))
        losses = [objective(_context(batch, model, images, texts))[0] for batch in batches]
        return torch.stack(losses).mean().item()


def _context(batch: Batch, model: TwoTowers, images: Tensor, texts: Tensor) -> LossContext:
    own = images[torch.from_numpy(batch.images)]
    return LossContext(
        batch,
        own,
        texts[torch.from_numpy(batch.captions)],
        model,
        features=lambda: own,  # only losses of another kind ask for them
        rng=np.random.default_rng(),
    )


def _needs_scores_alone(name: str) -> bool:
    return not isinstance(LOSSES.get(name), type)
