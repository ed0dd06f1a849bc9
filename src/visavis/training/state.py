"""The state of a training run, which its stages share."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor

from visavis.training import checkpoint
from visavis.training.dev import DevResult, measure
from visavis.training.examples import Examples
from visavis.training.inputs import ImageInputs
from visavis.training.model import TwoTowers
from visavis.training.recipe import START, Recipe, Stage, unroll
from visavis.training.tensorboard import Board

CHECKPOINT_SECONDS = 120.0
BOARD = "tensorboard"
ENCODED = 1024  # texts at a time

Weights = dict[str, Tensor]
Progress = dict[str, Any]


@dataclass(kw_only=True)
class RunState:
    """A run: what it works on, where it stands, and its checkpoints.

    A stage may rely on all of it and changes `model`, in place, and `steps`. `number` is that of
    the stage, from 0; `steps` counts batches of all stages, the x axis of TensorBoard, and
    `epochs` those of all stages of the kind `train`.
    `generator` draws for miners. `materials` are what the recipe's `[data]` table names, opened.
    `trackers` are names, of those that get the curves beside TensorBoard.
    `progress` is what the stage saved before a kill, or None.
    """

    recipe: Recipe
    model: TwoTowers
    train: Examples
    dev: Examples
    tokenize: Callable[[Sequence[str]], Tensor]
    folder: Path
    identity: dict[str, Any]
    accelerator: Accelerator
    log: Callable[[str], None]
    materials: Mapping[str, Any] = field(default_factory=dict)
    trackers: Sequence[str] = ()
    board: Board = field(default_factory=lambda: Board(None))
    generator: torch.Generator = field(default_factory=torch.Generator)
    number: int = 0
    steps: int = 0
    epochs: int = 0
    progress: Progress | None = None
    saved: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.stages = unroll(self.recipe.stages)
        self.model.to(self.accelerator.device)
        self.generator.manual_seed(self.recipe.seed)
        torch.manual_seed(self.recipe.seed + self.accelerator.process_index)

    @property
    def backbone_changed(self) -> bool:
        """Whether this stage or an earlier one trains the backbone: cached features are void."""
        return any(stage.backbone for stage in self.stages[: self.number + 1])

    def train_images(self, stage: Stage) -> ImageInputs:
        """Return the training images as a stage needs them: features, or pixels."""
        pixels = self.backbone_changed or stage.crop
        return self.train.pixels if pixels else self.train.features

    def dev_images(self) -> ImageInputs:
        """Return the dev images, as features while these are those of the model's backbone."""
        return self.dev.pixels if self.backbone_changed else self.dev.features

    @torch.no_grad()
    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        """Return the unit vectors of texts, (n, dim), with the model left in evaluation mode."""
        self.model.eval()
        device = self.accelerator.device
        batches = [texts[start : start + ENCODED] for start in range(0, len(texts), ENCODED)]
        return torch.cat([self.model.encode_texts(self.tokenize(b).to(device)) for b in batches])

    def measure(self, model: TwoTowers | None = None) -> DevResult:
        """Measure recall on dev, of the model or of another one such as a moving average."""
        return measure(model or self.model, self.dev_images(), self.dev.tokens, self.dev.pairs)

    def report(self, summary: str, result: DevResult) -> None:
        """Log a line with what was measured on dev, and draw it for TensorBoard."""
        self.log(f"{summary}; dev {result}")
        figures = {f"dev/{name}": value for name, value in result.figures.items()}
        self.board.scalars(self.steps, {**figures, "epoch": self.epochs})
        pairs = self.dev.pairs
        for lang, (_, ranks) in result.ranks.items():
            rows = pairs.of_language(lang)
            images = [pairs.paths[pairs.image_of_caption[row]] for row in rows]
            texts = [pairs.texts[row] for row in rows]
            self.board.queries(self.steps, images, texts, ranks.tolist(), lang)

    def report_epoch(self, summary: str, result: DevResult, losses: Mapping[str, float]) -> None:
        """Report as `report` does, with the `epochs` as an axis of their own.

        `losses` are those of the epoch by name: `loss`, and `dev/loss` where it is known.
        """
        self.report(summary, result)
        if "dev/loss" in losses:
            self.board.scalars(self.steps, {"dev/loss": losses["dev/loss"]})
        self.board.epoch(self.epochs, {**losses, "dev/recall sum": result.recall_sum})

    def save(self, progress: Progress | None) -> None:
        """Write a checkpoint; `progress` is what the stage needs to go on, None between stages."""
        state = {
            "identity": self.identity,
            "number": self.number,
            "steps": self.steps,
            "epochs": self.epochs,
            "model": self.model.state_dict(),
            "progress": progress,
            "random": torch.get_rng_state(),
            "mining": self.generator.get_state(),
        }
        self._write(checkpoint.FILE, state)
        self.saved = time.monotonic()

    @property
    def save_is_due(self) -> bool:
        """Whether the last checkpoint is old enough for another one within an epoch."""
        return time.monotonic() - self.saved > CHECKPOINT_SECONDS

    def keep(self, name: str, weights: Weights) -> None:
        """Keep weights under the name of a stage, in `NAME.pt` beside the checkpoint."""
        self._write(f"{name}.pt", weights)

    def kept(self, name: str) -> Weights:
        """Return the weights that a stage has left."""
        self.accelerator.wait_for_everyone()
        weights: Weights = checkpoint.load(self.folder / f"{name}.pt")
        return weights

    def resume(self) -> None:
        """Take up the run of an earlier process, if there is one; else keep the first weights."""
        path = self.folder / checkpoint.FILE
        if not path.exists():
            if any(stage.start == START or stage.kind == "interpolate" for stage in self.stages):
                self.keep(START, self.model.state_dict())
            return
        state: dict[str, Any] = checkpoint.load(path)
        checkpoint.check_same(state["identity"], self.identity, self.folder)
        self.number, self.steps = state["number"], state["steps"]
        self.epochs = state.get("epochs", 0)
        self.progress = state["progress"]
        self.model.load_state_dict(state["model"])
        self.generator.set_state(state["mining"])
        if self.accelerator.is_main_process:
            torch.set_rng_state(state["random"])
        self.log(f"resumed after step {self.steps:,}")

    def _write(self, name: str, state: Any) -> None:
        if self.accelerator.is_main_process:
            checkpoint.save(state, self.folder / name)
