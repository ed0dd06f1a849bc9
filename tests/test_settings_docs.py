"""The examples of docs/settings.md run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from commands import run
from visavis.cli.config import config_folder

PAGE = (Path(__file__).parent.parent / "docs/settings.md").read_text("utf-8")
EXAMPLES = re.findall(r"^    (visavis .*?)(?:  +#.*)?$", PAGE, re.MULTILINE)
(TOML,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    folder = tmp_path / "Pictures"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("VISAVIS_COLLECTION", raising=False)
    Image.new("RGB", (900, 600), "navy").save("sea.png")
    Path("sea.txt").write_text("a blue sea\n")
    assert run("visavis index .") == 0
    return folder


def test_the_commands_run_in_their_order(pictures, capsys):
    assert len(EXAMPLES) == 4
    for command in EXAMPLES:
        assert run(command) == 0, command
    assert "sea.png" in capsys.readouterr().out


def test_the_file_of_defaults_is_taken(pictures, capsys, monkeypatch):
    run("visavis collections name holidays")
    config_folder("config.toml").write_text(TOML, "utf-8")
    monkeypatch.chdir(pictures.parent)
    capsys.readouterr()
    assert run("visavis search 'the sea'") == 0
    assert "sea.png" in capsys.readouterr().out
    assert run("visavis describe Pictures/sea.png") == 0
    assert "a blue sea" not in capsys.readouterr().out  # its language is English
