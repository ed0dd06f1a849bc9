"""The input of losses, their base class, and their registry.

Two kinds are registered under one name space:

- A function of `Scores`, such as `info-nce`. It looks one way, from anchors to candidates; the
  objective calls it for both directions and adds up.
- A subclass of `BatchLoss`, for a loss that needs more than scores: material that the recipe's
  `[data]` table names, the towers themselves, or the features of the images. It is called once
  a step, with a `LossContext`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from visavis.registry import Registry

if TYPE_CHECKING:
    from visavis.training.batches import Batch
    from visavis.training.model import TwoTowers
    from visavis.training.recipe import Stage
    from visavis.training.state import RunState


@dataclass(frozen=True)
class Scores:
    """Cosines of anchors and candidates, and which of them belong together.

    `scores`, `positives` and `negatives` are (anchors, candidates); entries in neither mask count
    for nothing. `mined` (pairs,) holds the column of one negative for each positive pair, in the
    order of `positives.nonzero()`, or -1 for none. `scale` and `bias` are the model's, for the
    losses that need them. `anchor_images` (anchors,) and `candidate_images` (candidates,) are the
    rows of the training images that each vector belongs to.
    """

    scores: Tensor
    positives: Tensor
    negatives: Tensor
    mined: Tensor | None = None
    scale: Tensor | float = 1.0
    bias: Tensor | float = 0.0
    margin: float = 0.2
    distance: str = "euclidean"
    anchor_images: Tensor | None = None
    candidate_images: Tensor | None = None


@dataclass(frozen=True)
class LossContext:
    """All that a `BatchLoss` may look at in one step.

    `images` (n, dim) and `texts` (m, dim) are the batch's unit vectors, with gradients, in the
    order of `batch.images` and `batch.captions`, of all processes. `features` computes, with
    gradients, what the head of the image tower was given: (n, *shape). `rng` depends on the seed,
    the stage, the epoch and the batch alone: a loss may draw from it, and a resumed run draws the
    same. `directions` holds the scores from image to text and from text to image, with the
    candidates of a queue at the end; with negatives of a round, the first alone. `scale` is what
    cosines are multiplied by before a softmax.
    """

    batch: Batch
    images: Tensor
    texts: Tensor
    model: TwoTowers
    features: Callable[[], Tensor]
    rng: np.random.Generator
    directions: Sequence[Scores] = ()
    scale: Tensor | float = 1.0


class BatchLoss(nn.Module):
    """A loss that needs more than scores. One is made for each stage that names it.

    `needs` names the materials it reads, keys of the recipe's `[data]` table: they are opened
    before training starts and found in `state.materials`. Parameters learn at the stage's rate
    with those of the objective, and buffers are part of the checkpoint; anything else must follow
    from the recipe, the data and `LossContext.rng`, or a resumed run is not exact.
    """

    needs: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, state: RunState, stage: Stage) -> None:
        super().__init__()
        self.state, self.stage = state, stage

    @abstractmethod
    def forward(self, given: LossContext) -> Tensor:
        """Return the loss of a batch, a scalar; 0 if there is nothing to learn from."""


ScoreLoss: TypeAlias = Callable[[Scores], Tensor]

LOSSES: Registry[ScoreLoss | type[BatchLoss]] = Registry("losses")


@contextmanager
def same_dropout(device: torch.device, rng: np.random.Generator) -> Iterator[None]:
    """Draw the same dropout in every process, whatever each has drawn before.

    What a loss encodes by itself then has the same gradients in all, and they keep the same
    weights.
    """
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(int(rng.integers(2**31)))
        yield


def materials_of(kind: Any) -> frozenset[str]:
    """Return the materials that a registered loss or stage kind needs."""
    needs: frozenset[str] = getattr(kind, "needs", frozenset())
    return needs


def mean(values: Tensor) -> Tensor:
    """Return the mean, or 0 of no values at all."""
    return values.sum() / max(len(values), 1)
