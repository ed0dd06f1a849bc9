from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from PIL import Image

from tiny_models import make_clip
from visavis.datasets import load_dataset
from visavis.datasets.shapes import draw_shapes
from visavis.encoders import load_encoder
from visavis.errors import TrainingError
from visavis.training import checkpoint
from visavis.training.recipe import load_recipe, recipe_names
from visavis.training.run import fit, train
from visavis.training.stages import TrainStage

COLOURS = {
    "red": (220, 30, 30),
    "green": (30, 160, 50),
    "blue": (40, 60, 220),
    "yellow": (230, 220, 40),
    "black": (25, 25, 25),
    "white": (230, 230, 230),
    "grey": (128, 128, 128),
    "purple": (140, 40, 170),
}
PROGRAM = """
import sys, time
from pathlib import Path
from accelerate import Accelerator
import torch
from visavis.datasets import load_dataset
from visavis.training import state
from visavis.training.recipe import load_recipe
from visavis.training.run import fit
from visavis.training.stages import TrainStage

recipe, data, folder, result, pause, *changes = sys.argv[1:]
torch.set_num_threads(1)
state.CHECKPOINT_SECONDS = 0.0
step = TrainStage._step
def slowly(*arguments):
    time.sleep(float(pause))
    return step(*arguments)
TrainStage._step = slowly
accelerator = Accelerator(cpu=True)
fitted = fit(load_recipe(recipe, changes), load_dataset(data), Path(folder), accelerator, log=print)
if accelerator.is_main_process:
    torch.save(fitted.model.state_dict(), result)
"""


pytestmark = pytest.mark.usefixtures("one_thread")


def fitted(recipe, dataset, folder, **options):
    return fit(recipe, dataset, folder, Accelerator(cpu=True), **options)


def assert_same_weights(one, other, tolerance=0.0):
    assert one.keys() == other.keys()
    for name, value in one.items():
        torch.testing.assert_close(other[name], value, rtol=tolerance, atol=tolerance, msg=name)


@pytest.fixture
def _few_steps(monkeypatch):
    monkeypatch.setattr("visavis.training.stages.hubness.STEPS", 20)


@pytest.mark.usefixtures("_few_steps")
@pytest.mark.filterwarnings("ignore")  # the exporter has a lot to say
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in {"compact", "vsepp"} else [])
        for name in recipe_names()
        if name != "finetune"
    ],
)
def test_each_recipe_makes_a_model_that_can_be_searched_with(
    name, shapes_dataset, tiny_changes, tiny_language, tmp_path
):
    short = [
        change
        for stage in load_recipe(name).stages
        for change in (f"stages.{stage.name}.epochs=1", f"stages.{stage.name}.crop=0")
    ]
    if load_recipe(name).image.features == "pyramid":
        short.append("image.features=map")  # the tiny backbone has no pyramid
    if load_recipe(name).text.model:
        short.append(f"text.model={tiny_language}")
    if name == "distill":
        short.append(f"data.teacher_model={make_clip(tmp_path / 'teacher')}")
    out = tmp_path / "model"
    train(load_recipe(name, [*tiny_changes, *short]), shapes_dataset, out)
    encoder = load_encoder(out)
    assert encoder.languages == ("en", "fr")
    assert encoder.encode_texts(["a red circle", "un cercle rouge"]).shape == (2, 16)
    assert encoder.encode_images([np.zeros((32, 32, 3), np.uint8)]).shape == (1, 16)
    described = json.loads((out / "model.json").read_text("utf-8"))
    assert described["recipe"]["name"] == name
    assert described["dataset"]["images"] == 48
    assert (out / "words.bin").exists() == (load_recipe(name).text.tower == "words")


@pytest.fixture
def colours(tmp_path):
    """Plain images of eight colours: five shades of each to learn from, one for dev."""
    chance = np.random.default_rng(0)
    rows = ["image,text,split"]
    for name, colour in COLOURS.items():
        for shade in range(6):
            pixels = np.clip(np.array(colour) + chance.integers(-20, 21, (16, 16, 3)), 0, 255)
            Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / f"{name}{shade}.png")
            rows.append(f"{name}{shade}.png,a {name} wall,{'train' if shade else 'dev'}")
    (tmp_path / "colours.csv").write_text("\n".join(rows))
    return load_dataset(str(tmp_path / "colours.csv"))


def test_what_is_learned_is_seen_on_dev(colours, tiny_changes, tmp_path):
    recipe = load_recipe(
        "contrastive", [*tiny_changes, "stages.heads.epochs=20", "training.rate=1e-2"]
    )
    lines = []
    result = fitted(recipe, colours, tmp_path / "run", log=lines.append).dev
    assert result.figures["en/text to image/R@1"] >= 75  # by chance 12.5
    assert "text.vocabulary has no effect: it is for the text tower adapted or subwords" in lines
    assert (
        "learning from 40 images and 40 captions; dev: the split 'dev', 8 images and 8 captions"
        in lines
    )
    assert sum(line.startswith("heads ") for line in lines) == 20


def test_a_recipe_made_for_thousands_learns_from_forty_images(colours, tiny_changes, tmp_path):
    own_batch = [change for change in tiny_changes if not change.startswith("training.")]
    recipe = load_recipe("contrastive", [*own_batch, "training.rate=1e-2"])
    assert min(stage.batch for stage in recipe.stages) > 40
    result = fitted(recipe, colours, tmp_path / "run").dev
    assert result.figures["en/text to image/R@1"] >= 75


@pytest.fixture
def short(tiny_changes):
    return load_recipe("contrastive", [*tiny_changes, "stages.heads.epochs=3"])


RESUMED = {
    "plain": (),
    "average": ("stages.heads.average=0.9",),
    "queue": ("stages.heads.queue=20", "training.loss=max-violation"),
    "mined": ("training.loss=triplet", "training.miner=mixed"),
    "drawn for rounds": (
        "training.loss=triplet",
        "training.miner=mixed",
        "training.negatives=round",
        "stages.heads.epochs=1",
        "stages.heads.rounds=3",
    ),
    "backbone": ("stages.heads.backbone=true", "stages.heads.crop=24"),
}


@pytest.fixture(params=RESUMED)
def resumed_recipe(request, tiny_changes):
    changes = RESUMED[request.param]
    return load_recipe("contrastive", [*tiny_changes, "stages.heads.epochs=3", *changes])


@pytest.mark.parametrize("steps", [2, 5, 9])
def test_a_run_cut_off_ends_with_the_weights_of_one_that_was_not(
    resumed_recipe, steps, shapes_dataset, tmp_path, stop_after
):
    recipe = resumed_recipe
    whole = fitted(recipe, shapes_dataset, tmp_path / "whole").model.state_dict()
    stop_after(steps)
    with pytest.raises(KeyboardInterrupt):
        fitted(recipe, shapes_dataset, tmp_path / "cut")
    stop_after(10**6)
    lines = []
    resumed = fitted(recipe, shapes_dataset, tmp_path / "cut", log=lines.append)
    assert f"resumed after step {steps}" in lines
    assert_same_weights(whole, resumed.model.state_dict())


def test_a_finished_run_is_not_repeated(short, shapes_dataset, tmp_path, monkeypatch):
    first = fitted(short, shapes_dataset, tmp_path / "run")
    monkeypatch.setattr(TrainStage, "_step", None)
    again = fitted(short, shapes_dataset, tmp_path / "run")
    assert_same_weights(first.model.state_dict(), again.model.state_dict())


def test_another_recipe_or_other_data_do_not_go_on(short, shapes_dataset, tiny_changes, tmp_path):
    fitted(short, shapes_dataset, tmp_path / "run")
    other = load_recipe("contrastive", [*tiny_changes, "stages.heads.epochs=4"])
    with pytest.raises(TrainingError, match=r"stages.heads.epochs = 3, not 4: give the same"):
        fitted(other, shapes_dataset, tmp_path / "run")
    with pytest.raises(TrainingError, match="holds a run with data = "):
        fitted(short, shapes_dataset, tmp_path / "run", langs=["en"])


def test_a_full_disk_leaves_the_earlier_checkpoint(
    short, shapes_dataset, tmp_path, stop_after, monkeypatch
):
    stop_after(4)
    with pytest.raises(KeyboardInterrupt):
        fitted(short, shapes_dataset, tmp_path / "run")
    before = (tmp_path / "run" / checkpoint.FILE).read_bytes()

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    stop_after(10**6)
    sync = os.fsync
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(TrainingError) as error:
        fitted(short, shapes_dataset, tmp_path / "run")
    monkeypatch.setattr("os.fsync", sync)
    assert "no space left on device; the earlier one is intact" in str(error.value)
    assert (tmp_path / "run" / checkpoint.FILE).read_bytes() == before
    fitted(short, shapes_dataset, tmp_path / "run")


def test_a_rate_beyond_reason_stops_with_advice(shapes_dataset, tiny_changes, tmp_path):
    recipe = load_recipe("contrastive", [*tiny_changes, "training.clip=0", "training.warmup=0"])
    recipe = replace(recipe, stages=tuple(replace(stage, rate=1e30) for stage in recipe.stages))
    with pytest.raises(TrainingError, match="lower the learning rate"):
        fitted(recipe, shapes_dataset, tmp_path / "run")


def test_training_stops_where_dev_stands_still(shapes_dataset, tiny_changes, tmp_path):
    recipe = load_recipe(
        "contrastive",
        [*tiny_changes, "training.rate=0", "stages.heads.average=0", "training.patience=2"],
    )
    lines = []
    fitted(recipe, shapes_dataset, tmp_path / "run", log=lines.append)
    assert sum(line.startswith("heads ") for line in lines) == 3


def test_damaged_images_are_left_out(tiny_changes, tmp_path):
    draw_shapes(tmp_path / "shapes", 20)
    first, *_ = sorted((tmp_path / "shapes").rglob("*.png"))
    first.write_bytes(first.read_bytes()[:100])
    recipe = load_recipe("contrastive", [*tiny_changes, "stages.heads.epochs=1"])
    lines = []
    dataset = load_dataset(f"shapes:{tmp_path / 'shapes'}")
    found = fitted(recipe, dataset, tmp_path / "run", log=lines.append)
    assert any(line.startswith(f"image left out: {first}") for line in lines)
    assert first not in found.run.data.train.paths


def test_a_model_is_not_overwritten(short, shapes_dataset, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.json").write_text("{}")
    with pytest.raises(TrainingError, match="already holds a model"):
        train(short, shapes_dataset, tmp_path / "model")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_named(short, shapes_dataset, tmp_path):
    with pytest.raises(TrainingError, match="--device cuda: no GPU that torch can use"):
        train(short, shapes_dataset, tmp_path / "model", device="cuda")


@pytest.mark.slow
def test_kill_9_at_any_moment_changes_nothing(shapes, tiny_changes, tmp_path):
    changes = [*tiny_changes, "stages.heads.epochs=3", "stages.heads.average=0.9"]
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)

    def start(folder, pause):
        command = [
            sys.executable,
            program,
            "contrastive",
            shapes,
            tmp_path / folder,
            tmp_path / f"{folder}.pt",
            pause,
        ]
        return subprocess.Popen([*command, *changes], stdout=subprocess.DEVNULL)

    assert start("whole", "0").wait() == 0
    killed = start("killed", "0.3")
    while not (tmp_path / "killed" / checkpoint.FILE).exists():
        time.sleep(0.05)
    time.sleep(1)
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    assert start("killed", "0").wait() == 0
    whole, resumed = (torch.load(tmp_path / f"{name}.pt") for name in ("whole", "killed"))
    assert_same_weights(whole, resumed)


def in_one_and_in_two_processes(folder, *arguments):
    """Return the weights that a run ends with in one process, and in two by accelerate."""
    program = folder / "program.py"
    program.write_text(PROGRAM)
    recipe, data, *changes = arguments
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2"]
    for name, command in (("one", [sys.executable]), ("two", launch)):
        result = folder / f"{name}.pt"
        given = [program, recipe, data, folder / name, result, "0", *changes]
        subprocess.run([*command, *given], check=True)
    return [torch.load(folder / f"{name}.pt") for name in ("one", "two")]


@pytest.mark.slow
def test_two_processes_learn_as_one(shapes, tiny_changes, tmp_path):
    changes = [*tiny_changes, "image.dropout=0", "text.dropout=0", "stages.heads.epochs=2"]
    one, two = in_one_and_in_two_processes(tmp_path, "contrastive", shapes, *changes)
    assert_same_weights(one, two, tolerance=1e-4)


@pytest.mark.slow
def test_two_processes_fine_tune_as_one(shapes, tmp_path):
    clip = make_clip(tmp_path / "clip")
    changes = [f"model={json.dumps(str(clip))}", "training.batch=12", "training.epochs=2"]
    one, two = in_one_and_in_two_processes(tmp_path, "finetune", shapes, *changes)
    assert_same_weights(one, two, tolerance=1e-4)


def curves(folder):
    """The points of each curve, (step, value), as TensorBoard reads them."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder / "tensorboard"))
    events.Reload()
    return {
        tag: [(point.step, point.value) for point in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorBoard's own
def test_curves_of_a_run_cut_off_are_those_of_one_that_was_not(
    short, shapes_dataset, tmp_path, stop_after
):
    fitted(short, shapes_dataset, tmp_path / "whole")
    stop_after(8)  # the end of the second epoch, when dev was measured
    with pytest.raises(KeyboardInterrupt):
        fitted(short, shapes_dataset, tmp_path / "cut")
    stop_after(10**6)
    fitted(short, shapes_dataset, tmp_path / "cut")
    whole, cut = curves(tmp_path / "whole"), curves(tmp_path / "cut")
    assert cut == whole
    assert [step for step, _ in whole["loss"]] == list(range(1, 13))
    assert [step for step, _ in whole["dev/fr/text to image/R@1"]] == [4, 8, 12]


def test_a_recipe_that_its_weights_cannot_serve_is_refused_before_data_are_read(tmp_path):
    """The bundled model's weights have no classifier."""
    recipe = load_recipe("contrastive", ["image.features=classes"])
    with pytest.raises(TrainingError, match="no features 'classes'"):
        train(recipe, str(tmp_path / "nowhere"), tmp_path / "out")
