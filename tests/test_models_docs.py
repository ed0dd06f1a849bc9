"""The commands of docs/models.md are commands of visavis."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commands import understand

PAGE = (Path(__file__).parents[1] / "docs" / "models.md").read_text("utf-8")
EXAMPLES = re.findall(r"^    (visavis .*)$", PAGE.replace("\\\n", ""), re.MULTILINE)


def test_there_are_examples():
    assert len(EXAMPLES) > 10


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_understood(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "captions.txt").touch()
    understand(example)
