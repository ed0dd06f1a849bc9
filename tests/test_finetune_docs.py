"""The commands of docs/finetune.md are commands of visavis, and its settings and recipe exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commands import understand
from visavis.training.recipe import load_recipe

PAGE = (Path(__file__).parents[1] / "docs" / "finetune.md").read_text("utf-8")
COMMANDS = PAGE.replace("\\\n", "")
EXAMPLES = re.findall(r"^    (?:accelerate .* -m )?(visavis .*)$", COMMANDS, re.MULTILINE)
SETTINGS = re.findall(r"`([a-z]+\.[a-z_]+=[\w.-]+)`", PAGE)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_understood(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "names.txt").touch()
    understand(example)


def test_the_settings_are_those_of_the_recipe():
    assert len(SETTINGS) > 10
    for setting in SETTINGS:
        load_recipe("finetune", [setting])


def test_the_recipe_is_one(tmp_path):
    (text,) = re.findall(r"```toml.*?\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "careful.toml").write_text(text, "utf-8")
    recipe = load_recipe(tmp_path / "careful.toml")
    assert [stage.kind for stage in recipe.stages] == ["train", "interpolate"]
    own = load_recipe("finetune").stages[0]
    assert (recipe.stages[0].rate, recipe.stages[0].backbone) == (own.rate, own.backbone)
