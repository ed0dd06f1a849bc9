"""The training loop: epochs of batches, kept where dev is best, resumed exactly."""

from __future__ import annotations

import math
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
from torch import Tensor

from visavis.threads import map_ahead
from visavis.training.augment import random_crops
from visavis.training.batches import Batch, ImageBatches, TripletBatches
from visavis.training.clock import Clock
from visavis.training.dev_loss import DevLoss
from visavis.training.ema import MovingAverage
from visavis.training.losses import LossContext
from visavis.training.mining.rounds import draw_negatives
from visavis.training.model import ForwardPass
from visavis.training.objective import Objective
from visavis.training.optimizer import Optimizer, Part, groups_of
from visavis.training.parallel import gather, own_share
from visavis.training.recipe import Stage
from visavis.training.stages.base import STAGES, StageKind
from visavis.training.state import RunState
from visavis.training.watch import Watch, stuck_loss

LEAST_BATCHES = 4  # in an epoch, where images are few


@STAGES.register("train")
class TrainStage(StageKind):
    """Learn from batches of images and captions; end with the weights that were best on dev."""

    def __init__(self, state: RunState, stage: Stage) -> None:
        super().__init__(state, stage)
        model, accelerator, dim = state.model, state.accelerator, state.recipe.dim
        self.images = state.train_images(stage)
        self.size = min(stage.batch, max(2, len(self.images) // LEAST_BATCHES))
        self.objective = Objective(stage, dim, state.generator, state).to(accelerator.device)
        self.optimizer = Optimizer(groups_of(model, stage, self.objective), stage, accelerator)
        self.forward = accelerator.prepare(ForwardPass(model.train(), stage.chunk))
        self.average = MovingAverage(model, stage.average) if stage.average else None
        self.watch = Watch(stuck_loss(stage))
        self.dev_loss = DevLoss(stage, self.size, state.dev.pairs, state.recipe.seed)
        self.losses: list[float] = []  # of the steps of the epoch
        self.negatives: Tensor | None = None  # of the round, one for each caption
        self.epoch, self.batch = 0, 0  # the next to do
        self.best, self.stale = -math.inf, 0  # recall on dev, and epochs since

    def run(self) -> None:
        """Train until the epochs are done, or dev has stood still for `patience` of them."""
        if self.state.recipe.model is not None and not self.epoch and not self.batch:
            self._evaluate("as it was", epoch=0)
        while self.epoch < self.stage.rounds * self.stage.epochs:
            summary = self._train_epoch()
            self.state.epochs += 1
            if self._evaluate(summary, self.epoch + 1):
                break
            self.epoch, self.batch, self.losses = self.epoch + 1, 0, []
            self.state.save(self.state_dict())
        self.state.model.load_state_dict(self.state.kept(self.stage.name))

    def _train_epoch(self) -> str:
        """Learn from the batches left of an epoch; return its loss and speed, as a text."""
        batches, clock, before = self._batches(), Clock(), len(self.losses)
        rng = np.random.default_rng([self.state.recipe.seed, self.state.number, self.epoch])
        left = islice(batches.epoch(rng), self.batch, None)
        for batch, images, tokens in map_ahead(self._take, left, threads=1, ahead=1):
            with clock:
                self.losses.append(self._step(batch, images, tokens, len(batches)))
            self.batch += 1
            if self.state.save_is_due and self.batch % self.stage.accumulate == 0:
                self.state.save(self.state_dict())
        steps = len(self.losses) - before
        if not steps:
            return "resumed"
        return f"loss {np.mean(self.losses):.4f}, {clock.rate(steps * self.size)}"

    def _step(self, batch: Batch, images: Tensor, tokens: Tensor, batches: int) -> float:
        """Learn from one batch, of `batches` in the epoch; return its loss."""
        state, stage, device = self.state, self.stage, self.state.accelerator.device
        if stage.crop:
            images = random_crops(images, stage.crop)
        own_images, own_texts, features = self.forward(images.to(device), tokens.to(device))
        vectors = gather(own_images, len(batch.images))
        texts = gather(own_texts, len(batch.captions))
        given = LossContext(
            batch,
            vectors,
            texts,
            state.model,
            features=partial(gather, features, len(batch.images)),
            rng=np.random.default_rng([state.recipe.seed, state.number, self.epoch, self.batch]),
        )
        loss, facts = self.objective(given)
        value = float(loss.detach())
        self.watch.check(state.steps, value, vectors, texts)
        step, steps = self.epoch * batches + self.batch, batches * stage.epochs * stage.rounds
        part = self._part(batches)
        rate = self.optimizer.minimize(loss, step, steps, part)
        if self.average and part.is_last:
            self.average.update(state.model)
        state.steps += 1
        epoch = state.epochs + (self.batch + 1) / batches
        state.board.scalars(state.steps, {"loss": value, "rate": rate, "epoch": epoch, **facts})
        return value

    def _part(self, batches: int) -> Part:
        """Return which of the batches of one optimiser step this batch is; an epoch ends one."""
        number, most = self.batch % self.stage.accumulate, self.stage.accumulate
        return Part(number, min(most, batches - self.batch + number))

    def _batches(self) -> ImageBatches | TripletBatches:
        """Return the batches of the epoch; at the start of a round, draw its negatives."""
        state, stage, pairs = self.state, self.stage, self.state.train.pairs
        if stage.negatives == "batch":
            return ImageBatches(pairs.image_of_caption, self.size, stage.captions)
        if self.epoch % stage.epochs == 0 and not self.batch:
            self.negatives = draw_negatives(
                state.model, state.train, self.images, stage, state.generator
            )
        assert self.negatives is not None
        return TripletBatches(
            pairs.image_of_caption, self.size, self.negatives.numpy(), together=stage.backbone
        )

    def _take(self, batch: Batch) -> tuple[Batch, Tensor, Tensor]:
        """Return a batch with this process's share of its images and tokens."""
        images = self.images.take(own_share(batch.images))
        return batch, images, self.state.train.tokens[own_share(batch.captions)]

    def _evaluate(self, summary: str, epoch: int) -> bool:
        """Measure on dev, keep the best weights, and return whether to stop early."""
        state, stage = self.state, self.stage
        model = self.average.average if self.average else state.model
        result = state.measure(model)
        if epoch == 0:
            self.objective.centre(*result.vectors)
        losses = {"loss": float(np.mean(self.losses))} if self.losses else {}
        on_dev = self.dev_loss.measure(model, self.objective, result.vectors)
        if not math.isnan(on_dev):
            summary, losses["dev/loss"] = f"{summary}, dev loss {on_dev:.4f}", on_dev
        state.report_epoch(f"{stage.name} {epoch}: {summary}", result, losses)
        if result.recall_sum > self.best:
            self.best, self.stale = result.recall_sum, 0
            state.keep(stage.name, model.state_dict())
        else:
            self.stale += 1
        return bool(stage.patience) and self.stale >= stage.patience

    def state_dict(self) -> dict[str, Any]:
        """Return all that the next step depends on, besides the model."""
        return {
            "epoch": self.epoch,
            "batch": self.batch,
            "best": self.best,
            "stale": self.stale,
            "negatives": self.negatives,
            "losses": self.losses,
            "objective": self.objective.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average.state_dict() if self.average else None,
        }

    def load_state_dict(self, progress: dict[str, Any]) -> None:
        """Take back what `state_dict` gave."""
        for name in ("epoch", "batch", "best", "stale", "negatives", "losses"):
            setattr(self, name, progress[name])
        self.objective.load_state_dict(progress["objective"])
        self.optimizer.load_state_dict(progress["optimizer"])
        if self.average:
            self.average.load_state_dict(progress["average"])
