"""Stages of a run: the registry of kinds, those there are, and the run through all of them."""

import torch

from visavis.training.stages.average import AverageStage, mean_of
from visavis.training.stages.base import STAGES, StageKind
from visavis.training.stages.classes import ClassNamesStage, DrawnClassesStage
from visavis.training.stages.hubness import HubnessStage
from visavis.training.stages.interpolate import InterpolateStage
from visavis.training.stages.rounding import RoundStage
from visavis.training.stages.text import TextStage
from visavis.training.stages.train import TrainStage
from visavis.training.stages.translations import TranslationsStage
from visavis.training.state import BOARD, RunState
from visavis.training.tensorboard import Board
from visavis.training.trackers import TrackedRun, start_trackers

__all__ = [
    "STAGES",
    "AverageStage",
    "ClassNamesStage",
    "DrawnClassesStage",
    "HubnessStage",
    "InterpolateStage",
    "RoundStage",
    "StageKind",
    "TextStage",
    "TrainStage",
    "TranslationsStage",
    "mean_of",
    "run_stages",
]


def run_stages(state: RunState) -> None:
    """Run all stages that are not done yet, each from where it stands."""
    state.resume()
    state.board = _open_board(state)
    for number in range(state.number, len(state.stages)):
        state.number, stage = number, state.stages[number]
        if stage.start and not state.progress:
            state.model.load_state_dict(state.kept(stage.start))
        random = torch.get_rng_state()
        kind = STAGES.get(stage.kind)(state, stage)
        if state.progress:
            kind.load_state_dict(state.progress)
            torch.set_rng_state(random)  # making the stage may have drawn from it
        kind.run()
        state.keep(stage.name, state.model.state_dict())
        state.number, state.progress = number + 1, None
        state.save(None)
    state.board.close()


def _open_board(state: RunState) -> Board:
    """Open TensorBoard's curves and the trackers, in the first of several processes."""
    if not state.accelerator.is_main_process:
        return Board(None)
    run = TrackedRun(state.folder.parent.resolve().name, state.folder, state.identity)
    trackers = start_trackers(state.trackers, run)
    return Board(state.folder / BOARD, state.steps + 1, state.epochs + 1, trackers)
