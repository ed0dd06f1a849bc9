"""What a stage of a run is, and the registry of stage kinds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from visavis.registry import Registry
from visavis.training.recipe import Stage
from visavis.training.state import RunState


class StageKind(ABC):
    """A stretch of a run: it trains or edits `state.model` in place.

    What it may rely on:

    - `state.model` is on the run's device, with the weights of the stage before or of the one
      that `stage.start` names.
    - Of several processes each runs the same stage; all must end with the same weights.
    - The materials it `needs`, keys of the recipe's `[data]` table, are in `state.materials`.
    - When `run` returns, the model's weights are what the stage has come to. They are kept in
      `NAME.pt` and can be read by later stages with `state.kept(NAME)`.

    How it resumes: a stage that takes long calls `state.save(self.state_dict())` now and then. It
    is written with the model's weights, the counts and the state of chance. After a kill, a new
    object gets it back through `load_state_dict` before `run`, with the model as it was saved. A
    stage that never saves is run again from its start.
    """

    needs: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, state: RunState, stage: Stage) -> None:
        self.state, self.stage = state, stage

    @abstractmethod
    def run(self) -> None:
        """Train or edit the model, from where the stage stands to its end."""

    def state_dict(self) -> dict[str, Any]:
        """Return all that the rest of the stage depends on, besides the model."""
        return {}

    def load_state_dict(self, progress: dict[str, Any]) -> None:  # noqa: B027 - need not be written
        """Take back what `state_dict` gave."""


STAGES: Registry[type[StageKind]] = Registry("stages")
