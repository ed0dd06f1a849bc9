"""The examples of docs/words.md run as they stand, and its errors are the ones there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from commands import run
from visavis.training.towers.words import POOLINGS

PAGE = (Path(__file__).parent.parent / "docs" / "words.md").read_text("utf-8")
EXAMPLES = re.findall(r"^    (visavis .*)$", PAGE, re.MULTILINE)
ERRORS = re.findall(r"^\| `(visavis .*?)` \| (.*) \|$", PAGE, re.MULTILINE)


@pytest.fixture
def here(tmp_path, monkeypatch, capsys):
    """A folder to stand in, with the vectors that the page's Python code learns."""
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (9, 9)).save("1.png")
    texts = [
        f"a {one} runs on the {place}"
        for one in ("man", "woman", "boy", "girl", "dog")
        for place in ("beach", "grass")
    ]
    rows = ["image,text,lang,split", *(f"1.png,{text},en,train" for text in texts)]
    Path("words.csv").write_text("\n".join(rows), "utf-8")
    (python,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(python.replace("flickr8k:FLICKR8K", "words.csv"), "words.md", "exec"), {})
    capsys.readouterr()


def test_commands_run(here, capsys):
    assert len(EXAMPLES) == 3
    for command in EXAMPLES:
        assert run(command) == 0, command
        out, err = capsys.readouterr()
        assert out
        assert err == ""


def test_errors_say_what_the_page_says(here, capsys):
    assert len(ERRORS) == 4
    for command, message in ERRORS:
        assert run(command) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert message in line


def test_every_pooling_is_described():
    assert sorted(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == POOLINGS.names()
