"""The loop: stages of epochs of batches, watched, kept where dev is best, resumed exactly."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor

from visavis.training import checkpoint
from visavis.training.augment import random_crops
from visavis.training.clock import Clock
from visavis.training.data import Batch, ImageBatches, PairBatches, TrainingData
from visavis.training.dev import DevResult, measure
from visavis.training.inputs import Inputs, one_ahead
from visavis.training.learning import Learning
from visavis.training.model import TwoTowers
from visavis.training.parallel import gather, own_share
from visavis.training.recipe import Recipe, Stage
from visavis.training.rounds import draw_negatives
from visavis.training.tensorboard import Board

CHECKPOINT_SECONDS = 120.0
LEAST_BATCHES = 4
BEST = "best.pt"
BOARD = "tensorboard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Materials:
    """What a run works on: data, the tokens of its texts, and its images for either stage."""

    data: TrainingData
    tokens: Tensor
    dev_tokens: Tensor
    images: Callable[[Stage], tuple[Inputs, Inputs]]  # of train and dev


@dataclass(slots=True)
class Progress:
    """Where a run stands: the next batch to do, and the best dev result of the stage."""

    stage: int = 0
    epoch: int = 0
    batch: int = 0
    steps: int = 0
    best: float = -math.inf
    stale: int = 0


class Loop:
    """Trains `model` in place, stage by stage; each ends with the weights that were best on dev.

    `folder` holds the checkpoint, from which the same run goes on after a kill. `tell` gets a
    line an epoch.
    """

    def __init__(
        self,
        recipe: Recipe,
        model: TwoTowers,
        materials: Materials,
        *,
        folder: Path,
        identity: dict[str, Any],
        accelerator: Accelerator,
        tell: Callable[[str], None],
    ) -> None:
        self.recipe, self.model, self.materials = recipe, model, materials
        self.folder, self.identity, self.accelerator = folder, identity, accelerator
        self.tell = tell
        self.progress = Progress()
        self.generator = torch.Generator().manual_seed(recipe.seed)
        torch.manual_seed(recipe.seed + accelerator.process_index)

    def run(self) -> None:
        """Run all stages that are not done yet."""
        state = self._read_checkpoint()
        folder = self.folder / BOARD if self.accelerator.is_main_process else None
        self.board = Board(folder, self.progress.steps + 1)
        for number in range(self.progress.stage, len(self.recipe.stages)):
            self._run_stage(self.recipe.stages[number], state)
            state = None
            self.progress = Progress(stage=number + 1, steps=self.progress.steps)
            self._write(checkpoint.FILE, self._state(None))
        self.board.close()

    def _run_stage(self, stage: Stage, state: dict[str, Any] | None) -> None:
        self.stage = stage
        self.train_images, self.dev_images = self.materials.images(stage)
        learning = Learning(self.model, stage, self.recipe.dim, self.generator, self.accelerator)
        if state:
            learning.load_state_dict(state["learning"])
        self.saved = time.monotonic()
        while self.progress.epoch < stage.rounds * stage.epochs:
            self._run_epoch(learning)
            if self._judge(learning):
                break
            self.progress.epoch, self.progress.batch = self.progress.epoch + 1, 0
            self._write(checkpoint.FILE, self._state(learning))
        self.accelerator.wait_for_everyone()
        self.model.load_state_dict(checkpoint.load(self.folder / BEST))

    def _run_epoch(self, learning: Learning) -> None:
        progress, stage = self.progress, self.stage
        if stage.negatives == "round" and progress.epoch % stage.epochs == 0 and not progress.batch:
            learning.wrong = draw_negatives(
                self.model, self.train_images, self.materials, stage, self.generator
            )
        batches = self._batches(learning)
        rng = np.random.default_rng([self.recipe.seed, progress.stage, progress.epoch])
        clock, losses, start = Clock(), [], progress.batch
        for batch, (images, tokens) in one_ahead(
            self._take, islice(batches.epoch(rng), start, None)
        ):
            with clock:
                losses.append(self._step(learning, batch, images, tokens, len(batches)))
            progress.batch += 1
            progress.steps += 1
            if time.monotonic() - self.saved > CHECKPOINT_SECONDS:
                self._write(checkpoint.FILE, self._state(learning))
        count = len(losses) * batches.size
        self.summary = f"loss {np.mean(losses):.4f}, {clock.rate(count)}" if losses else "resumed"

    def _step(
        self, learning: Learning, batch: Batch, images: Tensor, tokens: Tensor, batches: int
    ) -> float:
        """Learn from one batch; return its loss."""
        stage, progress = self.stage, self.progress
        rates = learning.set_rates(progress.epoch * batches + progress.batch, batches)
        if stage.crop:
            images = random_crops(images, stage.crop)
        device = self.accelerator.device
        vectors, texts = learning.model(images.to(device), tokens.to(device), pixels=stage.backbone)
        vectors = gather(vectors, len(batch.images))
        texts = gather(texts, len(batch.captions))
        loss, facts = learning.objective(vectors, texts, batch)
        value = float(loss.detach())
        learning.watch.look(progress.steps, value, vectors, texts)
        learning.optimizer.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        if stage.clip:
            self.accelerator.clip_grad_norm_(learning.parameters, stage.clip)
        learning.optimizer.step()
        if learning.average:
            learning.average.update(self.model)
        self.board.scalars(progress.steps + 1, {"loss": value, "rate": rates, **facts})
        return value

    def _take(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return this process's share of a batch: images and tokens."""
        images = self.train_images.take(own_share(batch.images))
        return images, self.materials.tokens[own_share(batch.captions)]

    def _batches(self, learning: Learning) -> ImageBatches | PairBatches:
        """Deal batches of the size asked, but at least a few an epoch where images are few."""
        train, stage = self.materials.data.train, self.stage
        size = min(stage.batch, max(2, len(train.paths) // LEAST_BATCHES))
        if learning.wrong is not None:
            wrong = learning.wrong.numpy()
            return PairBatches(train.owners, size, wrong, together=stage.backbone)
        return ImageBatches(train.owners, size, stage.captions)

    def _judge(self, learning: Learning) -> bool:
        """Measure on dev, keep what is best, and tell whether to stop early."""
        stage, progress = self.stage, self.progress
        model = learning.average.average if learning.average else self.model
        result = measure(
            model,
            self.dev_images,
            self.materials.dev_tokens,
            self.materials.data.dev,
            pixels=stage.backbone,
        )
        self.tell(f"{stage.name} {progress.epoch + 1}: {self.summary}; dev {result}")
        self.board.scalars(progress.steps, {f"dev/{name}": v for name, v in result.figures.items()})
        self._show(result)
        if result.recall_sum > progress.best:
            progress.best, progress.stale = result.recall_sum, 0
            self._write(BEST, model.state_dict())
        else:
            progress.stale += 1
        return bool(stage.patience) and progress.stale >= stage.patience

    def _show(self, result: DevResult) -> None:
        dev = self.materials.data.dev
        for lang, (_, ranks) in result.ranks.items():
            rows = dev.of_language(lang)
            images = [dev.paths[dev.owners[row]] for row in rows]
            texts = [dev.texts[row] for row in rows]
            self.board.queries(self.progress.steps, images, texts, ranks.tolist(), lang)

    def _state(self, learning: Learning | None) -> dict[str, Any]:
        return {
            "identity": self.identity,
            "progress": asdict(self.progress),
            "model": self.model.state_dict(),
            "learning": learning.state_dict() if learning else None,
            "random": torch.get_rng_state(),
            "mining": self.generator.get_state(),
        }

    def _read_checkpoint(self) -> dict[str, Any] | None:
        """Take up the run of an earlier process; return the state of the stage it was in."""
        path = self.folder / checkpoint.FILE
        if not path.exists():
            return None
        state: dict[str, Any] = checkpoint.load(path)
        checkpoint.check_same(state["identity"], self.identity, self.folder)
        self.progress = Progress(**state["progress"])
        self.model.load_state_dict(state["model"])
        self.generator.set_state(state["mining"])
        if self.accelerator.is_main_process:
            torch.set_rng_state(state["random"])
        self.tell(f"going on after step {self.progress.steps:,}")
        return state if state["learning"] else None

    def _write(self, name: str, state: Any) -> None:
        if self.accelerator.is_main_process:
            checkpoint.save(state, self.folder / name)
        self.saved = time.monotonic()
