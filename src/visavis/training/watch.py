"""Stop a run that diverges or collapses, with advice."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from visavis.errors import TrainingError
from visavis.training.recipe import Stage, loss_terms

ALIKE = 0.99
"""Mean cosine of different vectors above which they have collapsed."""

NEAR = 0.01
"""Relative distance to `stuck_at` within which a loss counts as stuck."""


class Watch:
    """Checks the loss and the vectors of each step; raises TrainingError with advice.

    A loss or vector that is not finite ends the run at once. Vectors that are all alike, or a loss
    that stays at `stuck_at`, end it after `patience` steps in a row, as a run may start there and
    recover. A margin loss equal to its margin means that positives and negatives score the same.
    """

    def __init__(self, stuck_at: float | None = None, patience: int = 200) -> None:
        self.stuck_at, self.patience = stuck_at, patience
        self._stuck = 0
        self._alike = {"images": 0, "texts": 0}

    def check(self, step: int, loss: float, images: Tensor, texts: Tensor) -> None:
        """Check one step: its loss, and its unit vectors (n, dim) and (m, dim)."""
        cosines = {"images": mean_cosine(images), "texts": mean_cosine(texts)}
        if not all(map(math.isfinite, (loss, *cosines.values()))):
            raise TrainingError(
                f"step {step}: numbers have run away, the loss is {loss:g}; lower the learning "
                "rate (rate) or the largest gradient (clip)"
            )
        for tower, cosine in cosines.items():
            self._alike[tower] = self._alike[tower] + 1 if cosine > ALIKE else 0
            if self._alike[tower] >= self.patience:
                raise TrainingError(
                    f"step {step}: the vectors of all {tower} are alike, mean cosine {cosine:.3f} "
                    f"for {self.patience} steps; lower the learning rate (rate), or begin with "
                    "random or semi-hard negatives (miner)"
                )
        self._watch_margin(step, loss)

    def _watch_margin(self, step: int, loss: float) -> None:
        if self.stuck_at is None:
            return
        self._stuck = self._stuck + 1 if abs(loss - self.stuck_at) <= NEAR * self.stuck_at else 0
        if self._stuck >= self.patience:
            raise TrainingError(
                f"step {step}: the loss has stayed at its margin, {self.stuck_at:g}, for "
                f"{self.patience} steps; begin with random or semi-hard negatives (miner), or lower "
                "the learning rate (rate)"
            )


def stuck_loss(stage: Stage) -> float | None:
    """Return the loss of a collapsed model, or None where the stage's losses have no such value."""
    if list(loss_terms(stage).items()) not in ([("triplet", 1.0)], [("max-violation", 1.0)]):
        return None
    return stage.margin if stage.negatives == "round" else 2 * stage.margin  # both directions


@torch.no_grad()
def mean_cosine(vectors: Tensor) -> float:
    """Return the mean cosine of different rows of (n, dim) unit vectors, 0 for fewer than two.

    The squared length of the sum of n unit vectors is n plus the cosines of all ordered pairs.
    """
    count = len(vectors)
    if count < 2:
        return 0.0
    squared = vectors.float().sum(dim=0).square().sum().item()
    return (squared - count) / (count * (count - 1))
