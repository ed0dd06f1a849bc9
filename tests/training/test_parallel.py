"""The device and the precision of a run, as far as a machine without a GPU can tell."""

from __future__ import annotations

import json
from functools import partial

import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch import nn

from tiny_models import make_clip, make_siglip
from visavis.training import parallel
from visavis.training.recipe import load_recipe
from visavis.training.run import fit

slow = partial(pytest.param, marks=pytest.mark.slow)
FAST = (
    "training.batch=12",
    "training.epochs=2",
    "training.warmup=1",
    "training.rate=1e-3",
    "training.backbone_rate=1e-3",
    "training.text_rate=1e-3",
)
TAUGHT = "training.loss=info-nce+teacher-vectors+teacher-scores"


@pytest.mark.parametrize(
    ("device", "there", "expected"),
    [
        ("auto", True, {"cpu": False, "mixed_precision": "bf16"}),
        ("cuda", True, {"cpu": False, "mixed_precision": "bf16"}),
        ("cpu", True, {"cpu": True, "mixed_precision": "no"}),
        ("auto", False, {"cpu": True, "mixed_precision": "no"}),
    ],
)
def test_a_gpu_is_taken_where_there_is_one_and_computes_in_bfloat16(
    device, there, expected, monkeypatch
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    monkeypatch.setattr(parallel, "Accelerator", lambda **options: options)
    assert parallel.open_accelerator(device) == expected


@pytest.fixture
def processor():
    """Accelerators of the processor that compute as one is told, as a GPU does in bfloat16."""

    def opened(precision):
        AcceleratorState._reset_state(reset_partial_state=True)
        return Accelerator(cpu=True, mixed_precision=precision)

    yield opened
    AcceleratorState._reset_state(reset_partial_state=True)


@pytest.fixture
def precisions(monkeypatch):
    """The types of what linear layers give, while a model learns and while it is measured."""
    seen = {True: set(), False: set()}
    forward = nn.Linear.forward

    def watched(layer, given):
        found = forward(layer, given)
        seen[torch.is_grad_enabled()].add(found.dtype)
        return found

    monkeypatch.setattr(nn.Linear, "forward", watched)
    return seen


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize(
    "case",
    [
        (make_clip, ["training.chunk=5"]),
        slow((make_clip, ["image.lora=2", "text.lora=2", "training.queue=24"])),
        slow((make_clip, ["training.average=0.9", "training.accumulate=2", TAUGHT])),
        slow((make_siglip, ["training.loss=sigmoid"])),
        slow((make_siglip, ["training.locked=image"])),
    ],
    ids=lambda case: f"{case[0].__name__[5:]} {case[1][0]}",
)
def test_towers_learn_in_bfloat16_what_they_learn_in_single_precision(
    case, processor, precisions, shapes_dataset, tmp_path
):
    make, changes = case
    source = json.dumps(str(make(tmp_path / "tiny")))
    teacher = [f"data.teacher_model={source}"] if TAUGHT in changes else []
    recipe = load_recipe("finetune", [f"model={source}", *FAST, *teacher, *changes])
    losses = {}
    for precision in ("no", "bf16"):
        lines = []
        folder = tmp_path / precision
        run = fit(recipe, shapes_dataset, folder, processor(precision), log=lines.append)
        told = [line.split("dev loss ") for line in lines if "dev loss " in line]
        losses[precision] = [float(after.split(";")[0]) for _, after in told]
    assert precisions == {True: {torch.float32, torch.bfloat16}, False: {torch.float32}}
    assert len(set(losses["bf16"])) == len(losses["bf16"]) == 3
    assert losses["bf16"] == pytest.approx(losses["no"], rel=0.03)
    assert {value.dtype for value in run.model.parameters()} == {torch.float32}
