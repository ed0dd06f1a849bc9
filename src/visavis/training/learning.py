"""What a stage adds to the model while it learns."""

from __future__ import annotations

import math
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from visavis.training.ema import MovingAverage
from visavis.training.model import TwoTowers
from visavis.training.objective import Objective, loss_names
from visavis.training.recipe import Stage
from visavis.training.watch import Watch


class Learning:
    """Objective, optimizer, average, watch and drawn negatives of a stage."""

    def __init__(
        self,
        model: TwoTowers,
        stage: Stage,
        dim: int,
        generator: torch.Generator,
        accelerator: Accelerator,
    ) -> None:
        backbone = self._thaw(model, stage)
        model.train()
        self.stage = stage
        self.objective = Objective(stage, dim, generator).to(accelerator.device)
        inside = {id(parameter) for parameter in backbone}
        rest = [p for p in model.parameters() if p.requires_grad and id(p) not in inside]
        groups: list[dict[str, Any]] = [
            {"params": rest, "peak": stage.rate},
            {"params": list(self.objective.parameters()), "peak": stage.rate, "weight_decay": 0.0},
        ]
        if backbone:
            groups.append({"params": backbone, "peak": stage.backbone_rate})
        optimizer = torch.optim.AdamW(groups, lr=0.0, weight_decay=stage.decay)
        self.model, self.optimizer = accelerator.prepare(model, optimizer)
        self.parameters = [parameter for group in groups for parameter in group["params"]]
        self.average = MovingAverage(model, stage.average) if stage.average else None
        self.watch = Watch(self._margin(stage))
        self.wrong: Tensor | None = None

    @staticmethod
    def _margin(stage: Stage) -> float | None:
        """Return the loss of a model that tells nothing apart, where a hinge is all there is."""
        if loss_names(stage) not in (["triplet"], ["max-violation"]):
            return None
        return stage.margin if stage.negatives == "round" else 2 * stage.margin  # both directions

    @staticmethod
    def _thaw(model: TwoTowers, stage: Stage) -> list[nn.Parameter]:
        """Freeze the backbone, or return those of its parameters that are to learn."""
        image = model.image
        if stage.backbone:
            return list(image.backbone.unfreeze(image.kind))
        image.backbone.freeze()
        return []

    def set_rates(self, step: int, batches: int) -> float:
        """Set the rates of a step of the stage; return that of the heads."""
        stage = self.stage
        whole = batches * stage.epochs * stage.rounds
        share = min(1.0, (step + 1) / max(1, min(stage.warmup, whole // 3)))
        if stage.schedule == "cosine":
            share *= (1 + math.cos(math.pi * step / whole)) / 2
        for group in self.optimizer.param_groups:
            group["lr"] = share * group["peak"]
        return share * stage.rate

    def state_dict(self) -> dict[str, Any]:
        """Return all that the next step depends on, besides the model."""
        return {
            "objective": self.objective.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average.state_dict() if self.average else None,
            "wrong": self.wrong,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what `state_dict` gave."""
        self.objective.load_state_dict(state["objective"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.average:
            self.average.load_state_dict(state["average"])
        self.wrong = state["wrong"]
