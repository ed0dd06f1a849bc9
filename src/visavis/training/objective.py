"""The objective of a stage: its losses in both directions, over a batch and a queue."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import torch
from torch import Tensor, nn

from visavis.training.losses import LOSSES, LossContext, Scores
from visavis.training.mining import (
    MINERS,
    Candidates,
    near_duplicates,
    triplet_accuracy,
    triplet_shares,
)
from visavis.training.queue import MemoryQueue
from visavis.training.recipe import Stage, loss_terms
from visavis.training.state import RunState

MOST_SCALE = 100.0
SIGMOID_BIAS = -10.0  # Zhai et al., 2023, section 3.2: most pairs of a batch do not belong together


class Objective(nn.Module):
    """The losses of a stage, with a temperature and a bias that are learned where used.

    `state` is given to losses that need more than scores.
    """

    def __init__(
        self, stage: Stage, dim: int, generator: torch.Generator, state: RunState | None = None
    ) -> None:
        super().__init__()
        self.stage, self.generator = stage, generator
        self.weights = loss_terms(stage)
        self.losses = {name: LOSSES.get(name) for name in self.weights}
        self.batch_losses = nn.ModuleDict()
        for name, loss in self.losses.items():
            if isinstance(loss, type):
                assert state is not None, f"the loss {name} needs the state of a run"
                self.batch_losses[name] = loss(state, stage)
        self.miner = MINERS.get(stage.miner)
        own = state.model if state else None  # a pretrained model has a scale, and may have a bias
        scale, bias = (own.log_scale, own.bias) if own else (None, None)
        fresh = torch.tensor(math.log(1 / max(stage.temperature, 1e-3)))
        self.log_scale = nn.Parameter(fresh) if scale is None else scale
        self.bias = nn.Parameter(torch.tensor(SIGMOID_BIAS)) if bias is None else bias
        self.has_bias = bias is not None
        self.most_scale = MOST_SCALE if scale is None else max(MOST_SCALE, scale.exp().item())
        self.queues = nn.ModuleDict()
        if stage.queue:
            for tower in ("image", "text"):
                self.queues[tower] = MemoryQueue(stage.queue, dim)

    def scale(self) -> Tensor:
        """Return what cosines are multiplied by before a softmax or a sigmoid."""
        return self.log_scale.exp().clamp(max=self.most_scale)

    @torch.no_grad()
    def centre(self, images: Tensor, texts: Tensor) -> None:
        """Set a bias that the model did not bring: unit vectors then have the usual mean logit.

        Those of a pretrained model lie close together, and no bias learns that far at its rate.
        """
        if not self.has_bias:
            mean_score = images.mean(dim=0) @ texts.mean(dim=0)
            self.bias.copy_(SIGMOID_BIAS - self.scale() * mean_score)

    def forward(self, given: LossContext) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of a batch of unit vectors, and what TensorBoard shows of it."""
        directions = [self._mined(direction) for direction in self._directions(given)]
        given = replace(given, directions=directions, scale=self.scale())
        losses = dict(self._losses(given))
        total = torch.stack([self.weights[name] * loss for name, loss in losses.items()]).sum()
        facts = self._facts(directions[0])
        if len(losses) > 1:
            facts |= {f"loss/{name}": float(loss.detach()) for name, loss in losses.items()}
        return total, facts

    def _losses(self, given: LossContext) -> Iterator[tuple[str, Tensor]]:
        for name, loss in self.losses.items():
            if name in self.batch_losses:
                yield name, self.batch_losses[name](given)
            elif not isinstance(loss, type):
                yield name, torch.stack([loss(scores) for scores in given.directions]).sum()

    def _directions(self, given: LossContext) -> list[Scores]:
        batch, device = given.batch, given.texts.device
        images = torch.from_numpy(batch.images).to(device)
        image_of_text = images[torch.from_numpy(batch.image_of_caption).to(device)]
        scores = given.images @ given.texts.T  # (images, texts)
        positives = torch.zeros_like(scores, dtype=torch.bool)
        positives[:, : len(image_of_text)] = images[:, None] == image_of_text[None, :]
        if batch.mined is not None:
            mined = torch.as_tensor(batch.mined, device=device)
            return [self._scores(scores, positives, ~positives, mined=mined, anchor_images=images)]
        negatives = ~positives
        if self.stage.duplicates < 1:
            negatives = ~near_duplicates(given.texts.detach(), positives, self.stage.duplicates)
        to_text = self._scores(
            scores,
            positives,
            negatives,
            anchor_images=images,
            candidate_images=image_of_text,
        )
        if self.stage.negatives == "round":  # a loss on dev, where no negatives were drawn
            return [to_text]
        to_image = self._scores(
            scores.T,
            positives.T,
            negatives.T,
            anchor_images=image_of_text,
            candidate_images=images,
        )
        return self._with_queues(given, to_text, to_image) if self.queues else [to_text, to_image]

    def _scores(
        self, scores: Tensor, positives: Tensor, negatives: Tensor, **further: Tensor
    ) -> Scores:
        return Scores(
            scores,
            positives,
            negatives,
            scale=self.scale(),
            bias=self.bias,
            margin=self.stage.margin,
            distance=self.stage.distance,
            **further,
        )

    def _with_queues(self, given: LossContext, to_text: Scores, to_image: Scores) -> list[Scores]:
        """Add past vectors as further negatives, and remember those of this batch."""
        images, texts = (cast("MemoryQueue", self.queues[tower]) for tower in ("image", "text"))
        assert to_text.anchor_images is not None
        assert to_image.anchor_images is not None
        longer = [
            _with_queue(to_text, given.images, texts),
            _with_queue(to_image, given.texts, images),
        ]
        texts.extend(given.texts, to_image.anchor_images)
        images.extend(given.images, to_text.anchor_images)
        return longer

    def _mined(self, direction: Scores) -> Scores:
        """Choose a negative for each positive pair, unless that was done for the round."""
        if direction.mined is not None:
            return direction
        with torch.no_grad():
            candidates = Candidates(
                direction.scores,
                direction.positives,
                direction.negatives,
                self.generator,
                self.stage.share,
            )
            return replace(direction, mined=self.miner(candidates))

    @torch.no_grad()
    def _facts(self, direction: Scores) -> dict[str, float]:
        """Triplet accuracy, and how hard the triplets were that the miner chose."""
        assert direction.mined is not None
        found = direction.mined >= 0
        anchors, own = (index[found] for index in direction.positives.nonzero(as_tuple=True))
        positive = direction.scores[anchors, own]
        negative = direction.scores[anchors, direction.mined[found]]
        shares = triplet_shares(positive, negative, self.stage.margin, self.stage.distance)
        easy, semi_hard, hard = map(float, shares)
        return {
            "triplets/accuracy": float(triplet_accuracy(positive, negative)),
            "triplets/easy": easy,
            "triplets/semi-hard": semi_hard,
            "triplets/hard": hard,
            "temperature": (1 / self.scale()).item(),
        }


def _with_queue(direction: Scores, anchors: Tensor, queue: MemoryQueue) -> Scores:
    """Add past vectors as candidates: negatives of every anchor of another image."""
    assert direction.anchor_images is not None
    assert direction.candidate_images is not None
    past, images = queue.vectors.to(anchors.device), queue.images.to(anchors.device)
    different = direction.anchor_images[:, None] != images[None, :]
    return replace(
        direction,
        scores=torch.cat([direction.scores, anchors @ past.T], dim=1),
        positives=torch.cat([direction.positives, torch.zeros_like(different)], dim=1),
        negatives=torch.cat([direction.negatives, different], dim=1),
        candidate_images=torch.cat([direction.candidate_images, images]),
    )
