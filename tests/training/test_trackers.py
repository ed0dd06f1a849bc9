from __future__ import annotations

import pytest
from accelerate import Accelerator
from accelerate.tracking import GeneralTracker

from visavis.errors import MissingExtraError, TrainingError, UnknownNameError
from visavis.training import trackers
from visavis.training.recipe import load_recipe
from visavis.training.run import fit, train
from visavis.training.tensorboard import Board
from visavis.training.trackers import TRACKERS, TrackedRun, check_trackers, start_trackers


class Notes(GeneralTracker):
    """A tracker that writes down what it gets."""

    name = "notes"
    requires_logging_directory = False

    def __init__(self, run):
        super().__init__(_blank=True)
        self.run, self.points, self.ended = run, [], False

    @property
    def tracker(self):
        return self

    def log(self, values, step=None):
        self.points.append((step, values))

    def finish(self):
        self.ended = True


@pytest.fixture
def notes(monkeypatch):
    made = []
    monkeypatch.setattr(TRACKERS, "_objects", dict(TRACKERS._objects))
    TRACKERS.register("notes")(lambda run: made.append(Notes(run)) or made[-1])
    return made


@pytest.fixture
def run(tmp_path):
    Accelerator(cpu=True)  # accelerate's trackers ask which process they are in
    return TrackedRun("shapes", tmp_path, {"dim": 16, "stages.heads.rate": 0.001})


def test_a_tracker_gets_the_curves_of_a_run(notes, shapes_dataset, tiny_changes, tmp_path):
    recipe = load_recipe("contrastive", [*tiny_changes, "stages.heads.epochs=2"])
    fit(recipe, shapes_dataset, tmp_path / "m/run", Accelerator(cpu=True), trackers=["notes"])
    (made,) = notes
    assert made.ended
    assert (made.run.name, made.run.settings["dim"]) == ("m", 16)
    losses = [(step, values["epoch"]) for step, values in made.points if "loss" in values]
    assert losses == [(n, n / 4) for n in range(1, 9)]
    on_dev = [step for step, values in made.points if "dev/loss" in values]
    assert on_dev == [4, 8]
    assert made.points[-1][0] == 8


def test_an_unknown_tracker_is_refused_before_data_are_read(tmp_path):
    with pytest.raises(UnknownNameError, match="unknown tracker 'wandbb'; did you mean 'wandb'"):
        train("contrastive", "nowhere.csv", tmp_path / "m", trackers=["wandbb"])


def test_a_tracker_that_is_not_installed_says_what_to_install(monkeypatch):
    monkeypatch.setattr(trackers, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'visavis\[mlflow\]'"):
        check_trackers(["mlflow"])


def test_a_tracker_that_does_not_start_is_one_line(notes, run):
    TRACKERS.register("notes")(lambda _: 1 / 0)
    with pytest.raises(TrainingError, match="the tracker notes: division by zero"):
        start_trackers(["notes"], run)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # MLflow's own
def test_mlflow_keeps_a_run_in_its_folder_and_goes_on_with_it(run, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for step in (1, 2):
        board = Board(None, trackers=start_trackers(["mlflow"], run))
        board.scalars(step, {"loss": 1 / step, "dev/en/image to text/R@1": 10.0 * step})
        board.close()
    client = mlflow.MlflowClient((run.folder / "mlruns").as_uri())
    (experiment,) = client.search_experiments(filter_string="name = 'visavis'")
    (kept,) = client.search_runs([experiment.experiment_id])
    assert kept.data.params["dim"] == "16"
    points = client.get_metric_history(kept.info.run_id, "dev/en/image to text/R at 1")
    assert [(point.step, point.value) for point in points] == [(1, 10.0), (2, 20.0)]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # its own
def test_weights_and_biases_keeps_a_run_offline(run, monkeypatch):
    wandb = pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    board = Board(None, trackers=start_trackers(["wandb"], run))
    board.scalars(3, {"loss": 0.5})
    board.close()
    wandb.teardown()  # as at the end of a program
    (folder,) = (run.folder / "wandb").glob("offline-run-*")
    assert folder.name.endswith((run.folder / "wandb.id").read_text())
    (record,) = folder.glob("*.wandb")
    assert b"stages.heads.rate" in record.read_bytes()
