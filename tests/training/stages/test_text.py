from __future__ import annotations

import pytest
import torch
from accelerate import Accelerator
from torch.nn.functional import normalize

from visavis.training import checkpoint
from visavis.training.recipe import load_recipe
from visavis.training.run import fit
from visavis.training.stages import TextStage
from visavis.training.teacher import Teacher

RECIPE = """
dim = 16
[data]
teacher = "{folder}/teacher.npz"
pairs = "{folder}/pairs.tsv"
[[stages]]
name = "text"
kind = "text"
batch = 8
epochs = 3
[[stages]]
name = "heads"
epochs = 1
captions = 3
loss = "0.8*info-nce+0.2*soft-info-nce+0.5*pairs+0.5*summary+teacher"
"""


@pytest.fixture
def recipe(shapes_dataset, tiny_changes, tmp_path):
    """Texts of two languages, and a teacher that knows them and the captions."""
    lines = [(f"a {word} thing", f"une chose {word}") for word in ("red", "blue", "big", "old")] * 4
    (tmp_path / "pairs.tsv").write_text("".join("\t".join(line) + "\n" for line in lines), "utf-8")
    torch.manual_seed(0)
    texts = dict.fromkeys(c.text for c in shapes_dataset.captions)
    rows = {text: row for row, text in enumerate(texts)}
    for english, french in lines:
        rows[english] = rows[french] = rows.setdefault(english, max(rows.values()) + 1)
    vectors = normalize(torch.randn(max(rows.values()) + 1, 12), dim=1)
    Teacher(vectors, rows).save(tmp_path / "teacher.npz")
    (tmp_path / "taught.toml").write_text(RECIPE.format(folder=tmp_path), "utf-8")
    return load_recipe(str(tmp_path / "taught.toml"), tiny_changes)


def fitted(recipe, dataset, folder, log=lambda _: None):
    return fit(recipe, dataset, folder, Accelerator(cpu=True), log=log)


def test_the_text_tower_learns_alone_and_losses_from_the_teacher_follow(
    recipe, shapes_dataset, tmp_path
):
    lines = []
    fitted(recipe, shapes_dataset, tmp_path / "run", lines.append)
    losses = [float(line.split("loss ")[1].split(",")[0]) for line in lines if "text " in line]
    assert len(losses) == 3
    assert losses[2] < losses[0]
    text, heads = (checkpoint.load(tmp_path / "run" / f"{n}.pt") for n in ("text", "heads"))
    assert any((text[name] != heads[name]).any() for name in heads if name.startswith("image.head"))


def test_a_run_that_was_killed_ends_with_the_same_weights(
    recipe, shapes_dataset, tmp_path, kill_and_resume
):
    kill_and_resume(TextStage, lambda name: fitted(recipe, shapes_dataset, tmp_path / name))
