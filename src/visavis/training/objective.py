"""What a stage minimises: its losses in both directions, over a batch and a queue."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from visavis.errors import TrainingError
from visavis.training.data import Batch
from visavis.training.losses import LOSSES, Scores
from visavis.training.mining import (
    MINERS,
    Candidates,
    near_duplicates,
    triplet_accuracy,
    triplet_shares,
)
from visavis.training.queue import MemoryQueue
from visavis.training.recipe import Stage

MOST_SCALE = 100.0
SIGMOID_BIAS = -10.0  # Zhai et al., 2023, section 3.2: most pairs of a batch do not belong together


@dataclass(frozen=True, slots=True)
class Direction:
    """Vectors that ask and vectors that may answer, and which pairs belong together."""

    scores: Tensor  # (n, m), cosines
    positives: Tensor  # (n, m), boolean
    negatives: Tensor  # (n, m), boolean


class Objective(nn.Module):
    """The losses of a stage, with a temperature and a bias that are learned where used."""

    def __init__(self, stage: Stage, dim: int, generator: torch.Generator) -> None:
        super().__init__()
        self.stage, self.generator = stage, generator
        self.losses = {name: LOSSES.get(name) for name in loss_names(stage)}
        self.miner = MINERS.get(stage.miner)
        if stage.negatives == "round" and list(self.losses) != ["triplet"]:
            raise TrainingError(
                f"stage {stage.name}: negatives of a round are for the loss triplet alone"
            )
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / max(stage.temperature, 1e-3))))
        self.bias = nn.Parameter(torch.tensor(SIGMOID_BIAS))
        self.queues = nn.ModuleDict()
        if stage.queue:
            for side in ("image", "text"):
                self.queues[side] = MemoryQueue(stage.queue, dim)

    def scale(self) -> Tensor:
        """Return what cosines are multiplied by before a softmax or a sigmoid."""
        return self.log_scale.exp().clamp(max=MOST_SCALE)

    def forward(
        self, images: Tensor, texts: Tensor, batch: Batch
    ) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of a batch of unit vectors, and what TensorBoard shows of it."""
        if batch.mined is not None:
            direction, mined = self._round(images, texts, batch)
            directions, negatives = [direction], [mined]
        else:
            directions = self._batch(images, texts, batch)
            negatives = [self._mine(direction) for direction in directions]
        total = torch.stack(
            [
                loss(self._scores(direction, mined))
                for direction, mined in zip(directions, negatives, strict=True)
                for loss in self.losses.values()
            ]
        ).sum()
        return total, self._facts(directions[0], negatives[0])

    def _round(self, images: Tensor, texts: Tensor, batch: Batch) -> tuple[Direction, Tensor]:
        positives = torch.zeros(len(images), len(texts), dtype=torch.bool, device=texts.device)
        owners = torch.from_numpy(batch.owners)
        positives[owners, torch.arange(len(owners))] = True
        mined = torch.as_tensor(batch.mined, device=texts.device)
        return Direction(images @ texts.T, positives, ~positives), mined

    def _batch(self, images: Tensor, texts: Tensor, batch: Batch) -> list[Direction]:
        image_of_text = torch.from_numpy(batch.images[batch.owners]).to(texts.device)
        own_images = torch.from_numpy(batch.images).to(texts.device)
        positives = own_images[:, None] == image_of_text[None, :]
        allowed = ~positives
        if self.stage.duplicates < 1:
            allowed = ~near_duplicates(texts.detach(), positives, self.stage.duplicates)
        scores = images @ texts.T
        both = [Direction(scores, positives, allowed), Direction(scores.T, positives.T, allowed.T)]
        if not self.queues:
            return both
        past_images, past_texts = (cast("MemoryQueue", self.queues[s]) for s in ("image", "text"))
        to_text = self._with_queue(both[0], images, own_images, past_texts)
        to_image = self._with_queue(both[1], texts, image_of_text, past_images)
        past_texts.extend(texts, image_of_text)
        past_images.extend(images, own_images)
        return [to_text, to_image]

    def _with_queue(
        self, direction: Direction, asking: Tensor, owners: Tensor, queue: MemoryQueue
    ) -> Direction:
        """Add past vectors as further negatives: never those of the same image."""
        past = queue.vectors.to(asking.device)
        strangers = owners[:, None] != queue.owners.to(asking.device)[None, :]
        return Direction(
            torch.cat([direction.scores, asking @ past.T], dim=1),
            torch.cat([direction.positives, torch.zeros_like(strangers)], dim=1),
            torch.cat([direction.negatives, strangers], dim=1),
        )

    def _mine(self, direction: Direction) -> Tensor:
        with torch.no_grad():
            return self.miner(candidates(self.stage, direction, self.generator))

    def _scores(self, direction: Direction, mined: Tensor) -> Scores:
        return Scores(
            direction.scores,
            direction.positives,
            direction.negatives,
            mined=mined,
            scale=self.scale(),
            bias=self.bias,
            margin=self.stage.margin,
            distance=self.stage.distance,
        )

    @torch.no_grad()
    def _facts(self, direction: Direction, mined: Tensor) -> dict[str, float]:
        """Triplet accuracy, and how hard the triplets were that the miner chose."""
        rows, columns = direction.positives.nonzero(as_tuple=True)
        found = mined >= 0
        positive = direction.scores[rows, columns][found]
        negative = direction.scores[rows[found], mined[found]]
        shares = triplet_shares(positive, negative, self.stage.margin, self.stage.distance)
        easy, semi_hard, hard = map(float, shares)
        return {
            "triplets/accuracy": float(triplet_accuracy(positive, negative)),
            "triplets/easy": easy,
            "triplets/semi-hard": semi_hard,
            "triplets/hard": hard,
            "temperature": (1 / self.scale()).item(),
        }


def candidates(stage: Stage, direction: Direction, generator: torch.Generator) -> Candidates:
    """Return what a miner chooses negatives from."""
    return Candidates(
        direction.scores, direction.positives, direction.negatives, generator, stage.share
    )


def loss_names(stage: Stage) -> list[str]:
    """Return the names in `info-nce+max-violation`."""
    return [name.strip() for name in stage.loss.split("+")]
