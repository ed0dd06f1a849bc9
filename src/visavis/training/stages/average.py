"""The mean of the weights that earlier stages left."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from visavis.training.stages.base import STAGES, StageKind
from visavis.training.state import Weights


@STAGES.register("average")
class AverageStage(StageKind):
    """Set the model to the mean of the stages named by `of`.

    Wortsman et al., Model soups, 2022, https://arxiv.org/abs/2203.05482 ("uniform soup").
    """

    def run(self) -> None:
        state, names = self.state, self.stage.of
        state.model.load_state_dict(mean_of([state.kept(name) for name in names]))
        state.report(f"{self.stage.name}: mean of {', '.join(names)}", state.measure())


def mean_of(weights: Sequence[Weights]) -> Weights:
    """Return the mean of each tensor; of whole numbers, such as counters, the last."""
    return {
        name: torch.stack([each[name] for each in weights]).mean(dim=0)
        if value.is_floating_point()
        else value
        for name, value in weights[-1].items()
    }
