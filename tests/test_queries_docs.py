"""The examples of docs/queries.md run as they stand, and its errors are the ones there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from commands import run
from visavis.collection import Collection
from visavis.encoders.relevance import RelevanceCurve
from visavis.queries import Query

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "queries.md").read_text("utf-8")
ERRORS = re.findall(r"^\| `(visavis .*?)` \| (.*) \|$", PAGE, re.MULTILINE)
EXAMPLES = re.findall(r"^    (visavis .*)$", PAGE, re.MULTILINE)


@pytest.fixture
def here(tmp_path, monkeypatch, encoder):
    encoder.relevance = RelevanceCurve(-2.0, 4.0, 0.0, 0.0, 0.5)
    monkeypatch.setattr("visavis.encoders.load_encoder", lambda name=None: encoder)
    monkeypatch.delenv("VISAVIS_COLLECTION", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Pictures").mkdir()
    for name in ("photo.jpg", "shop.jpg", "Pictures/red.jpg"):
        Image.new("RGB", (320, 240), "red").save(name)
    with Collection.create(".visavis", encoder) as collection:
        collection.add_image("photo.jpg", metadata={"taken": "2023-06-14T15:02:11"})
    return tmp_path


def test_errors_say_what_the_page_says(here, capsys):
    assert len(ERRORS) == 13
    for command, message in ERRORS:
        assert run(command) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert message in line


def test_commands_run_in_their_order(here, capsys):
    assert len(EXAMPLES) == 10
    for command in EXAMPLES:
        assert run(command) == 0, command
        assert capsys.readouterr().err == ""


def test_python_and_json_say_the_same(here):
    (python,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (written,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    names = {}
    exec(compile(python, "queries.md", "exec"), names)
    assert names["hits"]
    assert Query.from_json(json.loads(written)) == names["query"].balanced(0.7)


def test_its_images_are_there():
    images = re.findall(r"\]\((images/.*?)\)", PAGE)
    assert len(images) == 3
    assert all((DOCS / image).is_file() for image in images)
