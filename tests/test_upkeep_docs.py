"""The commands of docs/upkeep.md run in their order, and exit codes are what it says they are."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

PAGE = (Path(__file__).parent.parent / "docs" / "upkeep.md").read_text("utf-8")
COMMANDS = re.findall(r"^    (visavis .*?)(?:  +#.*)?$", PAGE, re.MULTILINE)
CODES = re.findall(r"^\| (\d+) \| .* \| (?:`(visavis .*)` )?\|$", PAGE, re.MULTILINE)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("VISAVIS_COLLECTION", raising=False)
    monkeypatch.chdir(tmp_path)
    for name in ("Pictures/a.png", "photos/b.png", "damaged/c.png"):
        Path(name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (40, 30), "red").save(name)
    Path("damaged/d.png").write_bytes(b"\x89PNG half an image")
    return tmp_path


def run(command):
    words = [sys.executable, "-m", *shlex.split(command)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done


def test_the_commands_run_as_they_stand(here, request):
    pytest.importorskip("pyarrow")
    url = shlex.quote(request.getfixturevalue("postgresql_location"))
    assert len(COMMANDS) == 9
    for command in COMMANDS:
        done = run(re.sub("'postgresql:.*?'", url, command.replace("~", str(here))))
        assert (done.returncode, done.stderr) == (0, ""), command


def test_exit_codes_are_those_of_the_table(here):
    assert [code for code, _ in CODES] == ["0", "1", "2", "3", "130"]
    for code, command in CODES:
        if command:
            done = run(command)
            assert done.returncode == int(code), done.stderr
            assert bool(done.stderr) == (code != "0")
    (here / "photos" / "b.png").unlink()
    assert run("visavis verify --collection .visavis").returncode == 3
    Path(".visavis/collection.sqlite").write_bytes(b"no database")
    assert run("visavis verify --collection .visavis").returncode == 1


def test_an_interruption_exits_with_130(here):
    for number in range(3000):
        os.link("photos/b.png", f"photos/{number}.png")
    words = [sys.executable, "-m", "visavis", "index", "photos"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        while not Path(".visavis/cache/indexing.lock").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert "what was done is kept" in process.stderr.read()
    assert process.returncode == 130
