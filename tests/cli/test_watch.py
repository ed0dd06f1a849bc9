from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from photographs import paint

pytest.importorskip("watchfiles", reason="needs the extra watch")


@pytest.fixture
def watch(tmp_path, monkeypatch):
    """Start `visavis watch photos --json` with the bundled model; all are killed at the end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VISAVIS_COLLECTION", raising=False)
    paint(tmp_path / "photos" / "red.png", "red")
    started = []

    def start(*more):
        words = [sys.executable, "-m", "visavis", "watch", "photos", *more]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(words, **pipes, env=os.environ))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_it_goes_on_where_it_was_killed(watch, tmp_path):
    process = watch("--json")
    assert json.loads(process.stdout.readline())["added"] == 1
    paint(tmp_path / "photos" / "blue.png", "blue")
    assert json.loads(process.stdout.readline())["added"] == 1
    process.kill()
    paint(tmp_path / "photos" / "white.png", "white")
    (tmp_path / "photos" / "bad.png").write_bytes(b"\x89PNG half an image")
    process = watch()
    assert " 1 added, 2 unchanged, 1 skipped in " in process.stdout.readline()
    assert process.stderr.readline().startswith(f"skipped {tmp_path / 'photos' / 'bad.png'}: ")
    (tmp_path / "photos" / "red.png").unlink()
    assert " 2 unchanged, 1 missing, 1 skipped in " in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert process.stderr.read().strip() == ""


def test_mistakes_are_one_line(shell, encoders, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "nowhere: no such folder" in shell.fails("watch", "nowhere")
    assert shell("watch")[0] == 2
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    assert "pip install 'visavis[watch]'" in shell.fails("watch", ".")
