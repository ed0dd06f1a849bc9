import io
import sys

from visavis.cli.progress import index_bar
from visavis.indexing import IndexProgress


def test_a_pipe_gets_no_bar(capsys):
    with index_bar() as advance:
        assert advance is None
    assert capsys.readouterr() == ("", "")


def test_a_terminal_shows_progress_and_speed(monkeypatch):
    stream = io.StringIO()
    stream.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with index_bar() as advance:
        advance(IndexProgress(found=1, done=0, skipped=0, encoded=0, seconds=0.0))
        advance(IndexProgress(found=40, done=20, skipped=1, encoded=10, seconds=2.0))
    assert "20/40" in stream.getvalue()
    assert "5/s" in stream.getvalue()
