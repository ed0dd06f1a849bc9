"""Trackers of experiments beside TensorBoard: Weights & Biases, MLflow, or one of a package.

They are accelerate's, and get what TensorBoard gets: each curve, the settings of the recipe.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from accelerate.tracking import GeneralTracker, MLflowTracker, WandBTracker

from visavis.errors import MissingExtraError, TrainingError, first_line
from visavis.registry import Registry

PROJECT = "visavis"
_MODULES = {"wandb": "wandb", "mlflow": "mlflow"}


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """A training run as trackers know it: its name, its folder and the values of its recipe."""

    name: str
    folder: Path
    settings: Mapping[str, Any]


TRACKERS: Registry[Callable[[TrackedRun], GeneralTracker]] = Registry("trackers")
"""Functions that start a tracker; a run that is resumed continues in the same one."""


def check_trackers(names: Sequence[str]) -> None:
    """Raise UnknownNameError or MissingExtraError for a tracker that cannot be used here."""
    for name in names:
        TRACKERS.get(name)
        if name in _MODULES and find_spec(_MODULES[name]) is None:
            raise MissingExtraError(f"the tracker {name}", name)


def start_trackers(names: Sequence[str], run: TrackedRun) -> list[GeneralTracker]:
    """Start trackers by name; raise TrainingError if one cannot be."""
    started = []
    for name in names:
        try:
            started.append(TRACKERS.get(name)(run))
        except Exception as error:  # the tracker's own
            raise TrainingError(f"the tracker {name}: {first_line(error)}") from error
    return started


@TRACKERS.register("wandb")
def _wandb(run: TrackedRun) -> GeneralTracker:
    """Start Weights & Biases; WANDB_MODE=offline keeps all in the folder of the run."""
    kept = run.folder / "wandb.id"
    if not kept.exists():
        kept.write_text(uuid.uuid4().hex[:16], "utf-8")
    tracker = WandBTracker(
        os.environ.get("WANDB_PROJECT", PROJECT),
        name=run.name,
        id=kept.read_text("utf-8"),
        resume="allow",
        dir=str(run.folder),
    )
    tracker.start()
    tracker.store_init_configuration(dict(run.settings))
    return tracker


class _MLflow(MLflowTracker):  # type: ignore[misc]
    """MLflow, with names of metrics that it allows."""

    def log(self, values: dict[str, Any], step: int | None = None, **further: Any) -> None:
        allowed = {name.replace("@", " at "): value for name, value in values.items()}
        super().log(allowed, step=step, **further)


@TRACKERS.register("mlflow")
def _mlflow(run: TrackedRun) -> GeneralTracker:
    """Start MLflow; without MLFLOW_TRACKING_URI all is kept in the folder of the run."""
    import mlflow

    if not os.environ.get("MLFLOW_TRACKING_URI"):
        os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # the only one without a database
        mlflow.set_tracking_uri((run.folder / "mlruns").resolve().as_uri())
    kept = run.folder / "mlflow.id"
    earlier = kept.read_text("utf-8") if kept.exists() else None
    tracker = _MLflow(PROJECT, run_id=earlier, run_name=run.name)
    tracker.start()
    if earlier is None:
        kept.write_text(tracker.active_run.info.run_id, "utf-8")
        tracker.store_init_configuration(dict(run.settings))
    return tracker
