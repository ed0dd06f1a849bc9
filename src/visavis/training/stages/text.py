"""The stage that trains the text tower alone, on texts without images."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from visavis.training.clock import Clock
from visavis.training.losses.pairs import LinesLoss, PairsLoss
from visavis.training.optimizer import Optimizer, text_groups_of
from visavis.training.recipe import Stage
from visavis.training.stages.base import STAGES, StageKind
from visavis.training.state import RunState


@STAGES.register("text")
class TextStage(StageKind):
    """Learn from `batch` meanings at a time, as the loss `pairs` does; an epoch draws each once.

    What counts of the stage's settings are its epochs, its batch and those of the optimiser.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"pairs"})

    def __init__(self, state: RunState, stage: Stage) -> None:
        super().__init__(state, stage)
        self.loss = self.make_loss().to(state.accelerator.device)
        groups = text_groups_of(state.model, stage, self.loss)
        self.optimizer = Optimizer(groups, stage, state.accelerator)
        self.epoch = 0
        self.batches = max(1, len(self.loss.lines) // stage.batch)

    def make_loss(self) -> LinesLoss:
        return PairsLoss(self.state, self.stage)

    def report(self, summary: str) -> None:
        """Log what an epoch was like. No image is near to these texts yet."""
        self.state.log(summary)

    def run(self) -> None:
        """Train until the epochs are done."""
        state, stage = self.state, self.stage
        while self.epoch < stage.epochs:
            state.model.train()
            clock, first = Clock(), self.epoch * self.batches
            with clock:
                losses = [self._step(first + batch) for batch in range(self.batches)]
            self.epoch += 1
            speed = clock.rate(self.batches * stage.batch)
            self.report(f"{stage.name} {self.epoch}: loss {np.mean(losses):.4f}, {speed}")
            state.save(self.state_dict())
        state.model.eval()

    def _step(self, step: int) -> float:
        state = self.state
        rng = np.random.default_rng([state.recipe.seed, state.number, step])
        loss = self.loss.draw(state.model, rng, self.stage.batch)
        self.optimizer.minimize(loss, step, self.stage.epochs * self.batches)
        state.steps += 1
        value = float(loss.detach())
        state.board.scalars(state.steps, {"loss": value})
        return value

    def state_dict(self) -> dict[str, Any]:
        """Return all that the next step depends on, besides the model."""
        return {
            "epoch": self.epoch,
            "loss": self.loss.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, progress: dict[str, Any]) -> None:
        """Take back what `state_dict` gave."""
        self.epoch = progress["epoch"]
        self.loss.load_state_dict(progress["loss"])
        self.optimizer.load_state_dict(progress["optimizer"])
