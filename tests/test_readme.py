"""The README's examples run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from commands import run

README = Path(__file__).parent.parent / "README.md"
COMMANDS = re.findall(
    r"^    (visavis (?:index|search|describe).*?)(?:  +#.*)?$",
    README.read_text("utf-8"),
    re.MULTILINE,
)
(PYTHON,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder to stand in, with images in ~/Pictures and beside."""
    (tmp_path / "Pictures").mkdir()
    for place, colour in (
        ("Pictures/sea.jpg", "navy"),
        ("photo.jpg", "green"),
        ("dress.jpg", "red"),
    ):
        image = Image.new("RGB", (320, 240), "white")
        ImageDraw.Draw(image).ellipse((60, 40, 260, 200), fill=colour)
        image.save(tmp_path / place)
    (tmp_path / "Pictures" / "sea.txt").write_text("a blue circle\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("VISAVIS_COLLECTION", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def output(command, capsys):
    code = run(command)
    out, err = capsys.readouterr()
    assert code == 0, err
    return out


def test_the_commands_and_the_code_work(home, capsys):
    assert len(COMMANDS) == 6
    outputs = [output(command, capsys) for command in COMMANDS]
    assert outputs[0].startswith("2 added")
    assert all("sea.jpg" in out or "a blue circle" in out for out in outputs[1:])
    exec(compile(PYTHON, "README.md", "exec"), {})
    assert re.fullmatch(r"-?0\.\d{3}  .*sea\.jpg\n", capsys.readouterr().out)
