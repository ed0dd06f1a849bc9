"""The stage that rounds weights to the precision of the model folder."""

from __future__ import annotations

import numpy as np

from visavis.training.rounding import round_convolutions, round_weights
from visavis.training.stages.base import STAGES, StageKind

SHOWN = 64  # training images, on which the errors of convolutions make up for each other
BATCH = 16


@STAGES.register("round")
class RoundStage(StageKind):
    """Round both towers to what the model folder stores, so that dev measures what it will hold.

    What is learned afterwards, such as a hubness correction, is learned from rounded towers. With
    `image.int8`, convolutions of a backbone that has learned are rounded to bytes, on some training
    images; a frozen one stays as it is, for whose sake its features are kept.
    """

    def run(self) -> None:
        state, recipe = self.state, self.state.recipe
        if recipe.image.int8 and state.backbone_changed:
            self._round_convolutions()
        round_weights(state.model.image, int8=recipe.image.int8)
        round_weights(state.model.text, int8=recipe.text.int8)
        state.report(f"{self.stage.name}: weights as the model folder keeps them", state.measure())

    def _round_convolutions(self) -> None:
        state = self.state
        count = len(state.train.pixels)
        shown = np.random.default_rng(state.recipe.seed).permutation(count)[:SHOWN]
        parts = np.split(np.sort(shown), range(BATCH, len(shown), BATCH))
        device, image = state.accelerator.device, state.model.image.eval()
        round_convolutions(image, [state.train.pixels.take(rows).to(device) for rows in parts])
