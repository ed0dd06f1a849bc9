"""An exponential moving average of a model's weights, usually better than the last ones."""

from __future__ import annotations

import copy

import torch
from torch import nn


class MovingAverage:
    """Follow `model`: after each `update`, average = decay × average + (1 - decay) × weights.

    The decay starts low, min(decay, (1 + steps) / (10 + steps)), so that the first weights
    are soon forgotten. `average` is a model in evaluation mode.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.average = copy.deepcopy(model).eval().requires_grad_(requires_grad=False)
        self.decay, self.steps = decay, 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take the weights of `model` into the average."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for mean, value in zip(self.average.parameters(), model.parameters(), strict=True):
            mean.lerp_(value, 1 - decay)
