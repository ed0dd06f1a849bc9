"""The recipe of the bundled model with all of its further material, on a few drawn shapes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from accelerate import Accelerator
from onnx import TensorProto
from PIL import Image
from torch.nn.functional import normalize

from visavis.encoders import load_encoder
from visavis.training import checkpoint
from visavis.training.export.int8 import BYTES_FROM
from visavis.training.recipe import load_recipe
from visavis.training.run import open_run, train
from visavis.training.teacher import Teacher

TOOLS = Path(__file__).parents[2] / "tools/bundled_model"

NAMES = ("red", "blue", "moon", "moonstone")


@pytest.fixture
def material(shapes_dataset, tiny_language, tmp_path):
    """Changes that name a language model, a teacher, pairs, and names of classes."""
    pairs = [(f"a {name} thing", f"une chose {name}") for name in NAMES] * 3
    tables = {
        "pairs.tsv": pairs,
        "classes.tsv": [("0", "a tench", "une tanche"), ("7", "a cock", "un coq")],
        "drawn/names.tsv": [("dark", "a moonless night", "une nuit"), ("light", "snow", "neige")],
    }
    for label, grey in (("dark", 5), ("light", 250)):
        (tmp_path / "drawn" / label).mkdir(parents=True)
        for number in range(2):
            image = Image.fromarray(np.full((32, 32, 3), grey + number, np.uint8))
            image.save(tmp_path / "drawn" / label / f"{number}.png")
    for name, lines in tables.items():
        text = "".join("\t".join(line) + "\n" for line in lines)
        (tmp_path / name).write_text(text, "utf-8")
    texts = [c.text for c in shapes_dataset.captions] + [text for line in pairs for text in line]
    rows = {text: row for row, text in enumerate(dict.fromkeys(texts))}
    torch.manual_seed(0)
    Teacher(normalize(torch.randn(len(rows), 12), dim=1), rows).save(tmp_path / "teacher.npz")
    files = {"teacher": "teacher.npz", "pairs": "pairs.tsv", "classes": "classes.tsv"}
    given = [f"data.{key}={tmp_path / name}" for key, name in (files | {"drawn": "drawn"}).items()]
    teacher = ["data.teacher_model=bundled", f"data.images={tmp_path / 'drawn'}"]
    return [*given, *teacher, f"text.model={tiny_language}"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the exporter has a lot to say
def test_compact_learns_from_all_of_its_material(
    material, shapes_dataset, tiny_changes, tmp_path, monkeypatch
):
    monkeypatch.setattr("visavis.training.stages.hubness.STEPS", 20)
    monkeypatch.setattr("visavis.training.stages.classes.STEPS", 20)
    short = [f"stages.{stage.name}.epochs=1" for stage in load_recipe("compact").stages]
    tiny = ["image.backbone=efficientnet-lite0", "image.weights=random", "image.size=128"]
    tiny += ["image.width=64", "training.batch=6"]
    lines = []
    changes = [*tiny_changes, *short, *tiny, "stages.text.batch=6", *material]
    train(load_recipe("compact", changes), shapes_dataset, tmp_path / "model", log=lines.append)
    assert not [line for line in lines if "left out" in line]
    begun = [line.split()[0].rstrip(":") for line in lines if "loss" in line or "; dev " in line]
    assert list(dict.fromkeys(begun)) == [
        "text", "heads", "class-names", "finetune", "refine-1", "refine-2", "refine",
        "translations", "round", "drawn-classes", "class-lengths", "hubness",
    ]  # fmt: skip
    stored = onnx.load(tmp_path / "model" / "image.onnx").graph.initializer
    large = [w for w in stored if w.name.endswith("conv.weight") and np.prod(w.dims) >= BYTES_FROM]
    assert {weight.data_type for weight in large} == {TensorProto.INT8}
    encoder = load_encoder(tmp_path / "model")
    assert encoder.encode_texts(["a moonstone"]).shape == (1, 16)
    again = open_run(
        load_recipe("compact", changes), shapes_dataset, tmp_path / "again", Accelerator(cpu=True)
    )
    monkeypatch.syspath_prepend(str(TOOLS))
    from begin import NOT_STORED, begin

    begin(again, tmp_path / "model", "translations")
    begun = checkpoint.load(tmp_path / "again" / checkpoint.FILE)
    assert again.state.stages[begun["number"]].name == "translations"
    ended = checkpoint.load(tmp_path / "model/run/hubness.pt")
    known = again.state.model.image.classes.known
    for name, weights in begun["model"].items():
        if name.startswith("image.classes."):
            assert torch.allclose(weights[:known], ended[name][:known], atol=1e-3), name
            assert not torch.equal(weights[known:], ended[name][known:]), name
        elif not any(part in name for part in NOT_STORED) and ".hubness." not in name:
            assert torch.allclose(weights, ended[name], atol=1e-3), name
    begin(again, tmp_path / "model", "class-lengths")
    begun = checkpoint.load(tmp_path / "again" / checkpoint.FILE)["model"]
    for name in ("image.classes.vectors", "image.classes.classifier.weight"):
        assert torch.allclose(begun[name], ended[name], atol=1e-3), "drawn classes as well"
