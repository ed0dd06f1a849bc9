from __future__ import annotations

import pytest
import torch
from accelerate import Accelerator

from visavis.errors import TrainingError
from visavis.training import checkpoint
from visavis.training.recipe import load_recipe
from visavis.training.run import fit
from visavis.training.stages import STAGES, StageKind, TrainStage, mean_of

RUNS = """
dim = 16
[[stages]]
name = "a"
epochs = 1
[[stages]]
name = "b"
epochs = 1
runs = 2
[[stages]]
name = "mean"
kind = "average"
of = ["a", "b"]
"""


@pytest.fixture
def runs(tiny_changes, tmp_path):
    (tmp_path / "runs.toml").write_text(RUNS)
    return load_recipe(str(tmp_path / "runs.toml"), tiny_changes)


def fitted(recipe, dataset, folder, log=lambda _: None):
    return fit(recipe, dataset, folder, Accelerator(cpu=True), log=log)


def assert_same(one, other):
    for name, value in one.items():
        torch.testing.assert_close(other[name], value, msg=name)


def test_runs_begin_with_the_same_weights_and_end_in_their_mean(runs, shapes_dataset, tmp_path):
    begun, init = {}, TrainStage.__init__

    def note(self, state, stage):
        begun[stage.name] = {k: v.clone() for k, v in state.model.state_dict().items()}
        init(self, state, stage)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrainStage, "__init__", note)
        lines = []
        model = fitted(runs, shapes_dataset, tmp_path / "run", lines.append).model
    left = {name: checkpoint.load(tmp_path / "run" / f"{name}.pt") for name in ("a", "b-1", "b-2")}
    assert_same(begun["b-1"], left["a"])
    assert_same(begun["b-2"], left["a"])
    assert any((left["b-1"][name] != left["b-2"][name]).any() for name in left["a"])
    b = mean_of([left["b-1"], left["b-2"]])
    assert_same(b, checkpoint.load(tmp_path / "run" / "b.pt"))
    assert_same(mean_of([left["a"], b]), model.state_dict())
    assert any(line.startswith("mean: mean of a, b; dev en ") for line in lines)


def test_the_mean_keeps_whole_numbers():
    one, other = ({"w": torch.tensor([n]), "n": torch.tensor(int(n))} for n in (1.0, 3.0))
    assert mean_of([one, other]) == {"w": torch.tensor([2.0]), "n": torch.tensor(3)}


class Interrupted(StageKind):
    """A stage that is killed after its first save, and draws while it is made."""

    kills = True

    def __init__(self, state, stage):
        super().__init__(state, stage)
        torch.rand(1)
        self.drawn = []

    def run(self):
        while len(self.drawn) < 3:
            self.drawn.append(float(torch.rand(1)))
            self.state.save(self.state_dict())
            if Interrupted.kills and len(self.drawn) == 1:
                raise KeyboardInterrupt
        self.state.log(f"drawn {self.drawn}")

    def state_dict(self):
        return {"drawn": list(self.drawn)}

    def load_state_dict(self, progress):
        self.drawn = progress["drawn"]


def test_a_kind_of_ones_own_resumes_where_it_saved(
    runs, shapes_dataset, tmp_path, tiny_changes, monkeypatch
):
    monkeypatch.setitem(STAGES._objects, "own", Interrupted)
    recipe = load_recipe(str(tmp_path / "runs.toml"), [*tiny_changes, "stages.a.kind=own"])
    lines = []
    monkeypatch.setattr(Interrupted, "kills", False)
    fitted(recipe, shapes_dataset, tmp_path / "whole", lines.append)
    monkeypatch.setattr(Interrupted, "kills", True)
    with pytest.raises(KeyboardInterrupt):
        fitted(recipe, shapes_dataset, tmp_path / "cut")
    monkeypatch.setattr(Interrupted, "kills", False)
    fitted(recipe, shapes_dataset, tmp_path / "cut", lines.append)
    whole, cut = (line for line in lines if line.startswith("drawn"))
    assert whole == cut


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("stages.mean.of=[]", "stages.mean.of: name the stages to average"),
        ('stages.mean.of=["c"]', "stages.mean.of: no stage 'c' before it; known: a, b, b-1, b-2"),
        ("stages.a.start=b", "stages.a.start: no stage 'b' before it"),
        ("stages.mean.name=a", "stages.a: two stages have this name"),
        ("stages.mean.name=a/b", "stages.a/b: not a name for a stage"),
        ("stages.a.kind=trane", "stages.a.kind: unknown stage 'trane'; did you mean 'train'?"),
    ],
)
def test_stages_are_checked_before_anything_is_read(runs, change, message, tiny_changes, tmp_path):
    recipe = load_recipe(str(tmp_path / "runs.toml"), [*tiny_changes, change])
    with pytest.raises(TrainingError) as error:
        fitted(recipe, "nowhere.csv", tmp_path / "run")
    assert message in str(error.value)
