"""The settings that docs/keras.md names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from visavis.training.recipe import load_recipe

PAGE = (Path(__file__).parents[1] / "docs" / "keras.md").read_text("utf-8")
HERE = "".join(row.split(" | ")[1] for row in re.findall(r"^\| .*", PAGE, re.MULTILINE))
SETTINGS = sorted({*re.findall(r"`((?:image|text)\.\w+=[\w.-]+|\w+=[\w.-]+)`", HERE)})


def test_there_are_settings_on_the_page():
    assert len(SETTINGS) > 20


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_is_one_of_a_recipe(setting):
    key = setting.partition("=")[0]
    stage = "." not in key and key != "dim"
    load_recipe("classic", [f"stages.heads.{setting}" if stage else setting])


def test_the_command_names_settings_of_the_recipe():
    command = PAGE.partition("    visavis train classic --data flickr8k:FOLDER --out glove")[2]
    changes = re.findall(r"--set (\S+)", command.split("\n\n")[0])
    assert len(changes) == 4
    load_recipe("classic", changes)
