"""Optimisers: groups of parameters, the schedule of their rates, and steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from visavis.training.model import TwoTowers
from visavis.training.recipe import Stage

Group = dict[str, Any]
"""Parameters as torch's optimisers take them, with the highest rate of each: `peak`."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of `count` batches whose gradients are averaged for a step, from 0."""

    number: int
    count: int

    @property
    def is_last(self) -> bool:
        """Whether the step is taken now."""
        return self.number + 1 == self.count


class Optimizer:
    """AdamW over groups of parameters, with the schedule of a stage.

    Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019,
    https://arxiv.org/abs/1711.05101.
    """

    def __init__(self, groups: list[Group], stage: Stage, accelerator: Accelerator) -> None:
        self.stage, self.accelerator = stage, accelerator
        self.parameters = [parameter for group in groups for parameter in group["params"]]
        adam = torch.optim.AdamW(groups, lr=0.0, weight_decay=stage.decay, fused=True)
        self.adam = accelerator.prepare(adam)

    def minimize(self, loss: Tensor, step: int, steps: int, part: Part | None = None) -> float:
        """Take a step, from 0, of the stage's `steps` down the gradient of `loss`.

        The gradients of all parts of a step are averaged, and the last takes it. Returns the
        learning rate of what has none of its own.
        """
        stage = self.stage
        share = schedule(step, steps, stage.warmup, cosine=stage.schedule == "cosine")
        for group in self.adam.param_groups:
            group["lr"] = share * group["peak"]
        part = part or Part(0, 1)
        if part.number == 0:
            self.adam.zero_grad(set_to_none=True)
        self.accelerator.backward(loss / part.count)
        if part.is_last:
            if stage.clip:
                self.accelerator.clip_grad_norm_(self.parameters, stage.clip)
            self.adam.step()
        return share * stage.rate

    def state_dict(self) -> dict[str, Any]:
        """Return what `load_state_dict` takes back."""
        state: dict[str, Any] = self.adam.state_dict()
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from an earlier state."""
        self.adam.load_state_dict(state)


def schedule(step: int, steps: int, warmup: int = 0, *, cosine: bool = True) -> float:
    """Return the share of the highest rate at a step: a linear warm-up, then half a cosine.

    The warm-up takes a third of the steps at most. Loshchilov and Hutter, SGDR, 2017,
    equation 5 without restarts, https://arxiv.org/abs/1608.03983.
    """
    share = min(1.0, (step + 1) / max(1, min(warmup, steps // 3)))
    return share * (1 + math.cos(math.pi * step / steps)) / 2 if cosine else share


@torch.enable_grad()
def fit(
    groups: Sequence[Group], loss_of: Callable[[], Tensor], steps: int, decay: float = 0.0
) -> float:
    """Fit a few parameters to a loss that draws its own batches; return its last value."""
    adam = torch.optim.AdamW(groups, lr=0.0, weight_decay=decay)
    loss = torch.zeros(())
    for step in range(steps):
        for group in adam.param_groups:
            group["lr"] = schedule(step, steps) * group["peak"]
        loss = loss_of()
        adam.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
    return loss.item()


def groups_of(model: TwoTowers, stage: Stage, objective: nn.Module) -> list[Group]:
    """Freeze or unfreeze both towers as the stage has it; return what learns, in groups."""
    model.text.unfreeze(stage.text_blocks)
    if stage.locked == "text":
        model.text.requires_grad_(requires_grad=False)
    model.image.lock_head(locked=stage.locked == "image")
    with_own_rate = [*_backbone_group(model, stage), *_text_group(model, stage)]
    return _groups(model, stage, objective, with_own_rate)


def text_groups_of(model: TwoTowers, stage: Stage, objective: nn.Module) -> list[Group]:
    """Return what learns, in groups, where the text tower alone does."""
    model.text.unfreeze(stage.text_blocks)
    return _groups(model.text, stage, objective, _text_group(model, stage))


def _groups(
    network: nn.Module, stage: Stage, objective: nn.Module, with_own_rate: list[Group]
) -> list[Group]:
    """Return the groups, before them all else that learns of a network and an objective."""
    learned = [{"params": list(objective.parameters())}, *with_own_rate]
    inside = {id(parameter) for group in learned for parameter in group["params"]}
    rest = [p for p in network.parameters() if p.requires_grad and id(p) not in inside]
    return [
        {"params": rest, "peak": stage.rate},
        {"params": list(objective.parameters()), "peak": stage.rate, "weight_decay": 0.0},
        *with_own_rate,
    ]


def _backbone_group(model: TwoTowers, stage: Stage) -> list[Group]:
    image = model.image
    if not stage.backbone:
        image.backbone.freeze()
        return []
    learning = image.backbone.unfreeze(image.kind, stage.backbone_blocks)
    return [{"params": learning, "peak": stage.backbone_rate}]


def _text_group(model: TwoTowers, stage: Stage) -> list[Group]:
    learning = [value for value in model.text.below_head() if value.requires_grad]
    return [{"params": learning, "peak": stage.text_rate}] if stage.text_rate and learning else []
