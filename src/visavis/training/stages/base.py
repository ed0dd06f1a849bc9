"""The base class of stages, and the registry of their kinds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from visavis.registry import Registry
from visavis.training.recipe import Stage
from visavis.training.state import RunState


class StageKind(ABC):
    """A stretch of a run: it trains or edits `state.model` in place.

    A stage can rely on this:

    - `state.model` is on the run's device, with the weights of the stage before or of the one
      that `stage.start` names.
    - Of several processes each runs the same stage; all must end with the same weights.
    - The materials it `needs`, keys of the recipe's `[data]` table, are in `state.materials`.
    - When `run` returns, the model's weights are the result. They are kept in `NAME.pt`, and
      later stages read them with `state.kept(NAME)`.

    To resume after a kill, a long stage calls `state.save(self.state_dict())` now and then, which
    also saves the model's weights, the counts and the random state. A new object then gets it
    back through `load_state_dict` before `run`, with the model as it was saved. A stage that
    never saves starts again.
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
