"""Exponential moving average of a model's weights, usually better than the last weights."""

from __future__ import annotations

import copy
from typing import Any, Generic, TypeVar

import torch
from torch import nn

Model = TypeVar("Model", bound=nn.Module)


class MovingAverage(Generic[Model]):
    """Average the trained weights of `model` over time.

    After each `update`, average = decay × average + (1 - decay) × weights. The decay starts
    low, min(decay, (1 + steps) / (10 + steps)), to forget the first weights soon.
    `average` is a model in evaluation mode.
    """

    def __init__(self, model: Model, decay: float) -> None:
        self.average = copy.deepcopy(model).eval().requires_grad_(requires_grad=False)
        self.decay, self.steps = decay, 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take the weights of `model` into the average."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for mean, value in zip(self.average.parameters(), model.parameters(), strict=True):
            if value.requires_grad:
                mean.lerp_(value, 1 - decay)

    def state_dict(self) -> dict[str, Any]:
        """Return what `load_state_dict` takes back."""
        return {"average": self.average.state_dict(), "steps": self.steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from an earlier average."""
        self.average.load_state_dict(state["average"])
        self.steps = state["steps"]
