"""The code of docs/python.md runs as it stands, in order."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image

PAGE = (Path(__file__).parent.parent / "docs" / "python.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_code_runs(tmp_path, monkeypatch, capsys):
    (tmp_path / "photos").mkdir()
    for name, colour in (("sea", "navy"), ("forest", "green")):
        Image.new("RGB", (320, 240), colour).save(tmp_path / "photos" / f"{name}.jpg")
    (tmp_path / "photos" / "sea.txt").write_text("a calm blue sea\n")
    monkeypatch.chdir(tmp_path)
    assert len(BLOCKS) == 4
    names = {}
    for block in BLOCKS:
        exec(compile(block, "python.md", "exec"), names)
    assert [hit.source for hit in names["hits"]] == [str(tmp_path / "photos/sea.jpg")]
    assert [hit.text for hit in names["captions"]] == ["a calm blue sea"]
    assert [hit.id for hit in names["found"]] == [names["item"].id]
    assert "nowhere" in capsys.readouterr().out
