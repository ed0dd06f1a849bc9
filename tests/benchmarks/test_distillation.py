"""The benchmark of distillation: how a dataset is dealt, and what its table says."""

from __future__ import annotations

import numpy as np
import pytest

import distillation
from distillation import ALONE, FURTHER, LEFT_OUT, TAUGHT
from visavis.datasets import load_dataset
from visavis.datasets.shapes import draw_shapes
from visavis.training.recipe import load_recipe


@pytest.fixture(scope="module")
def shapes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shapes")
    draw_shapes(folder, 40)
    return load_dataset(f"shapes:{folder}")


def test_images_without_captions_are_none_of_those_with(shapes, tmp_path):
    kept, further = distillation.dealt(shapes, 10, 5)
    of_train = {key for key, split in kept.splits.items() if split == "train"}
    left_out = {key for key, split in kept.splits.items() if split == LEFT_OUT}
    assert len(of_train) == 10
    assert len(further) == 5
    assert set(further) <= {shapes.images[key] for key in left_out}
    assert of_train | left_out == {k for k, split in shapes.splits.items() if split == "train"}
    for _ in range(2):  # as when the command is repeated
        folder = distillation.linked(further, tmp_path / "photographs")
    assert sorted(path.resolve() for path in folder.iterdir()) == sorted(
        path.resolve() for path in further
    )


def test_recipes_differ_in_their_teacher_alone(tmp_path):
    found = {
        name: load_recipe("distill", [*distillation.STUDENT, *changes])
        for name, changes in distillation.students("bundled", tmp_path).items()
    }
    assert list(found) == [ALONE, TAUGHT, FURTHER]
    assert found[ALONE].data.get("teacher_model", "") == ""
    assert found[TAUGHT].data["teacher_model"] == found[FURTHER].data["teacher_model"] == "bundled"
    assert found[FURTHER].data["images"] == str(tmp_path)
    assert found[ALONE].stages[0].loss == "info-nce"
    assert found[ALONE].image == found[TAUGHT].image == found[FURTHER].image


def test_a_table_has_recalls_and_the_interval_of_the_gain(capsys):
    queries = np.arange(50)
    none, half = np.zeros((50, 3)), np.zeros((50, 3))
    half[::2] = 100.0
    hits = {ALONE: none, TAUGHT: half}
    found = {name: dict.fromkeys(distillation.DIRECTIONS, value) for name, value in hits.items()}
    distillation.print_table(found, dict.fromkeys(distillation.DIRECTIONS, queries))
    alone, taught = capsys.readouterr().out.splitlines()[-2:]
    assert alone == f"| {ALONE} | 0.0 / 0.0 / 0.0 | 0.0 / 0.0 / 0.0 | 0.0 |  |"
    cells = taught.strip("| ").split(" | ")
    assert cells[:4] == [TAUGHT, "50.0 / 50.0 / 50.0", "50.0 / 50.0 / 50.0", "300.0"]
    low, high = (
        float(each) for each in cells[4].split("; ")[0].split("[")[1].rstrip("]").split(", ")
    )
    assert 30 < low < 50 < high < 70
