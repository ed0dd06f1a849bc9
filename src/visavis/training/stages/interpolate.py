"""The weights between those that a run began with and those that it has learned."""

from __future__ import annotations

from visavis.training.recipe import START
from visavis.training.stages.base import STAGES, StageKind
from visavis.training.state import Weights


@STAGES.register("interpolate")
class InterpolateStage(StageKind):
    """Mix `start_share` of the first weights into the model's: it forgets less of other data.

    Of low-rank adapters, one factor starts at 0, and the other is left as it is: so their product
    is mixed. Wortsman et al., Robust fine-tuning of zero-shot models (WiSE-FT), 2022,
    https://arxiv.org/abs/2109.01903.
    """

    def run(self) -> None:
        model = self.state.model
        first, share = self.state.kept(START), self.stage.start_share
        model.load_state_dict(mixture(model.state_dict(), first, share))
        self.state.report(f"{self.stage.name}: {shares(share)}", self.state.measure())


def mixture(learned: Weights, first: Weights, share: float) -> Weights:
    """Return weights between two: a share of the first, and the rest of those learned."""
    return {
        name: value.lerp(first[name].to(value.device), share)
        if value.is_floating_point() and ".lora_A." not in name
        else value
        for name, value in learned.items()
    }


def shares(share: float) -> str:
    """Describe a mixture, for a log."""
    return f"{share:.0%} of the first weights, {1 - share:.0%} of those learned"
