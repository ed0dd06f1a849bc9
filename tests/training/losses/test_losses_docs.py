"""The example of docs/losses.md runs as it stands, and no loss or miner is left out."""

from __future__ import annotations

import re
from pathlib import Path

from visavis.training.losses import LOSSES
from visavis.training.mining import MINERS

DOCS = (Path(__file__).parents[3] / "docs" / "losses.md").read_text("utf-8")


def test_the_example_prints_what_is_written_below_it(capsys):
    code, printed = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", DOCS, re.DOTALL)[0]
    exec(compile(code, "losses.md", "exec"), {})
    assert capsys.readouterr().out == printed


def test_each_loss_and_each_miner_has_its_section():
    sections = re.findall(r"^### (\S+)$", DOCS, re.MULTILINE)
    assert sorted(sections) == sorted(LOSSES.names() + MINERS.names())
