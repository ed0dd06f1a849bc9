"""Speed of training heads on cached features, the share of overhead, and how others fare.

python benchmarks/training.py --data flickr8k:FLICKR8K [--recipe contrastive] [--epochs 3]
python benchmarks/training.py --data flickr8k:FLICKR8K --against TREE --peers [--rounds 3]
python benchmarks/training.py --data flickr8k:FLICKR8K --against TREE --finetune --images 96

The first run computes the features; neither that nor the first epoch is counted. With --against,
the git worktree of another commit does the same work, in turns; with --peers, sentence-transformers
and the loop of open_clip do, and with --finetune the backbone learns too: see `training_peers.py`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from accelerate import Accelerator

import training_peers
from visavis.datasets import load_dataset
from visavis.training import run
from visavis.training.batches import Batch
from visavis.training.recipe import Recipe, Stage, load_recipe
from visavis.training.stages import STAGES, TrainStage
from visavis.training.state import RunState

GOAL = 0.1
PARTS = ("forward", "loss", "backward", "optimizer")


@dataclass
class Times:
    """Seconds by part of a step, and the number of image–caption pairs."""

    seconds: Counter[str] = field(default_factory=Counter)
    pairs: int = 0

    def of(self, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return `work` with its time counted as `part`."""

        def counted(*values: Any, **options: Any) -> Any:
            start = time.perf_counter()
            try:
                return work(*values, **options)
            finally:
                self.seconds[part] += time.perf_counter() - start

        return counted


class TimedStage(TrainStage):
    """The training loop of `visavis train`, with a clock around each part of a step."""

    times = Times()

    def __init__(self, state: RunState, stage: Stage) -> None:
        super().__init__(state, stage)
        of, accelerator = self.times.of, state.accelerator
        objective, adam = self.objective, self.optimizer.adam
        self.forward.forward = of("forward", self.forward.forward)
        objective.forward = of("loss", objective.forward)
        objective._facts = of("facts", objective._facts)  # noqa: SLF001 - for TensorBoard alone
        accelerator.backward = of("backward", accelerator.backward)
        accelerator.clip_grad_norm_ = of("optimizer", accelerator.clip_grad_norm_)
        adam.step = of("optimizer", adam.step)

    def _train_epoch(self) -> str:
        if self.epoch == 1:
            self.times.seconds.clear()
            self.times.pairs = 0
        return self.times.of("epochs", super()._train_epoch)()

    def _step(self, batch: Batch, *rest: Any) -> float:
        self.times.pairs += len(batch.image_of_caption)
        return super()._step(batch, *rest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="a dataset, such as flickr8k:PATH")
    parser.add_argument("--lang", default="en", help="the language of the captions")
    parser.add_argument("--recipe", default="contrastive", help="its first stage is run")
    parser.add_argument(
        "--weights",
        default="random",
        help="of the backbone; a file of its weights is no faster",
    )
    parser.add_argument("--epochs", type=int, default=3, help="epochs counted")
    parser.add_argument(
        "--against", type=Path, default=[], nargs="+", help="trees of other commits"
    )
    parser.add_argument("--peers", action="store_true", help="also measure other trainers")
    parser.add_argument("--finetune", action="store_true", help="let the backbone learn, too")
    parser.add_argument("--rounds", type=int, default=3, help="turns of all contestants")
    parser.add_argument(
        "--images", type=int, default=1200, help="images that contestants learn from"
    )
    options = parser.parse_args()
    if options.against or options.peers or options.finetune:
        compare(options)
        return
    recipe = load_recipe(options.recipe, [f"image.weights={options.weights}"])
    stage = replace(recipe.stages[0], kind="timed", rounds=1, epochs=options.epochs + 1, patience=0)
    recipe = replace(recipe, stages=(stage,))
    times = Times()
    data = train(recipe, options.data, options.lang, times).run.data
    train_pairs = data.train
    print(
        f"{options.data.partition(':')[0]}, split train, {options.lang}: "
        f"{len(train_pairs.paths):,} images, {len(train_pairs.texts):,} captions\n"
        f"recipe {recipe.name}, stage {stage.name}: batches of {stage.batch} images, "
        f"{options.epochs} epochs; {os.cpu_count()} cores"
    )
    report(times)


def compare(options: argparse.Namespace) -> None:
    """Let this commit, others and other trainers do the same work in turns."""
    with tempfile.TemporaryDirectory() as folder:
        work = training_peers.prepare(
            options.data,
            Path(folder),
            lang=options.lang,
            images=options.images,
            recipe=options.recipe,
            epochs=options.epochs + 1,
            finetune=options.finetune,
        )
        training_peers.report(
            training_peers.compare(
                work, options.against, peers=options.peers, rounds=options.rounds
            )
        )


def train(recipe: Recipe, data: str, lang: str, times: Times) -> run.Fitted:
    """Train with a stage of the kind that is timed."""
    TimedStage.times = times
    STAGES.register("timed")(TimedStage)
    with tempfile.TemporaryDirectory() as folder:
        accelerator = Accelerator(cpu=True)
        return run.fit(recipe, load_dataset(data), Path(folder), accelerator, langs=[lang])


def report(times: Times) -> None:
    """Print pairs per second, and the share of each part of a step."""
    seconds = times.seconds
    seconds["loss"] -= seconds["facts"]
    whole = seconds["epochs"]
    outside = 1 - sum(seconds[part] for part in PARTS) / whole
    print(f"  pairs per second  {times.pairs / whole:9,.0f}")
    for part in PARTS:
        print(f"  {part:<16}  {seconds[part] / whole:9.1%}")
    print(f"  anything else     {outside:9.1%}  (goal: less than {GOAL:.0%})")


if __name__ == "__main__":
    main()
