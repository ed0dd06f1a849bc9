"""The stage that rounds weights to the precision of the model folder."""

from __future__ import annotations

from visavis.training.rounding import round_weights
from visavis.training.stages.base import STAGES, StageKind


@STAGES.register("round")
class RoundStage(StageKind):
    """Round both towers to what the model folder stores, so that dev measures what it will hold.

    What is learned afterwards, such as a hubness correction, is learned from rounded towers.
    """

    def run(self) -> None:
        state, recipe = self.state, self.state.recipe
        round_weights(state.model.image, int8=recipe.image.int8)
        round_weights(state.model.text, int8=recipe.text.int8)
        state.report(f"{self.stage.name}: weights as the model folder keeps them", state.measure())
