"""The tutorial of docs/train.md runs as it stands, and its table knows every key of a recipe."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from commands import run
from visavis.datasets.shapes import draw_shapes
from visavis.training.recipe import flatten, load_recipe, recipe_names

PAGE = (Path(__file__).parent.parent / "docs" / "train.md").read_text("utf-8")
COMMANDS = re.findall(r"^    (visavis .*)$", PAGE, re.MULTILINE)
TABLES = re.findall(r"^\| (.*?) \|", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A folder as the tutorial supposes it: captions.csv beside the images it names."""
    folder = tmp_path_factory.mktemp("tutorial")
    draw_shapes(folder, 80)
    with (
        (folder / "captions.jsonl").open(encoding="utf-8") as lines,
        (folder / "captions.csv").open("w", encoding="utf-8", newline="") as table,
    ):
        rows = [json.loads(line) for line in lines]
        writer = csv.DictWriter(table, ["image", "text", "lang", "split"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return folder


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the exporter has a lot to say
def test_the_tutorial_ends_in_a_search(here, monkeypatch, capsys):
    monkeypatch.chdir(here)
    monkeypatch.setenv("VISAVIS_CACHE", str(here / "cache"))
    assert len(COMMANDS) == 6
    said = {}
    for command in COMMANDS:
        code = run(command)
        said[command] = capsys.readouterr()
        assert code == 0, said[command].err
    (search,) = (command for command in COMMANDS if " search " in command)
    assert len(re.findall(r"\.png", said[search].out)) == 3
    (evaluate,) = (command for command in COMMANDS if " evaluate " in command)
    assert "shapes-model" in said[evaluate].out
    (train,) = (command for command in COMMANDS if " --set " in command)
    assert said[train].err.count("heads ") == 8


def test_every_recipe_has_its_row():
    assert set(recipe_names()) <= {cell.strip("`") for cell in TABLES}


def test_every_key_of_a_recipe_is_explained():
    named = {word.strip("`") for cell in TABLES for word in cell.split(", ")}
    text = " ".join(re.findall(r"`([\w.]+)`", PAGE))
    for key in flatten(load_recipe("classic")):
        short = key.rpartition(".")[2] if key.startswith("stages.") else key
        assert short in named or short in text.split(), key
