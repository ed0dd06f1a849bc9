import io
import json
import re
import subprocess
import sys

import pytest

from visavis.cli.output import print_json, print_table


def pipe(monkeypatch, encoding="utf-8"):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace")
    monkeypatch.setattr(sys, "stdout", stream)
    return lambda: (stream.flush(), stream.buffer.getvalue().decode(encoding))[1]


def terminal(monkeypatch, columns=80):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    read = pipe(monkeypatch)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    return read


def test_a_table_in_a_pipe_is_plain_and_aligned(monkeypatch):
    read = pipe(monkeypatch)
    print_table(("rank", "score", "text"), [("1", "0.5", "été"), ("10", "-0.25", "a b")], "title")
    assert read().splitlines() == [
        "title",
        "rank  score  text",
        "   1    0.5  été",
        "  10  -0.25  a b",
    ]


def test_an_empty_table_has_its_column_names(monkeypatch):
    read = pipe(monkeypatch)
    print_table(("rank", "score"), [])
    assert read() == "rank  score\n"


@pytest.mark.parametrize("stage", [pipe, terminal])
def test_a_cell_is_one_line_without_control_characters(monkeypatch, stage):
    read = stage(monkeypatch)
    print_table(("text",), [["a\nb\t\x1b[31mc\x9b1m [bold]d[/bold]"]])
    written = read()
    assert "a b [31mc1m [bold]d[/bold]" in written
    assert "\x1b[31m" not in written
    assert "\x9b" not in written


def test_a_table_fits_the_width_of_a_terminal(monkeypatch):
    read = terminal(monkeypatch, 40)
    print_table(("rank", "text"), [("1", "un chien " * 20)])
    lines = re.sub(r"\x1b\[[0-9;]*m", "", read()).splitlines()
    assert max(map(len, lines)) <= 40
    assert sum(line.count("chien") for line in lines) == 20


def test_a_table_on_a_terminal_may_contain_invalid_unicode(monkeypatch):
    read = terminal(monkeypatch, 40)
    print_table(("image",), [["caf\udce9.jpg"]])
    assert r"caf\udce9.jpg" in read()


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_json_round_trips_in_any_encoding(monkeypatch, encoding):
    read = pipe(monkeypatch, encoding)
    value = {"text": "é 犬 \udce9 \n"}
    print_json(value)
    written = read()
    assert json.loads(written) == value
    assert ("é" in written) == (encoding == "utf-8")


def test_only_our_own_messages_reach_stderr():
    """Libraries in C print there of damaged files, without their names."""
    program = """if True:
        import os, sys
        from visavis.cli.output import tell, without_noise
        tell("before")
        with without_noise():
            os.write(2, b"noise")
            tell("café")
        tell("after")
        os.write(2, b"end")
    """
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program], capture_output=True, check=True
    )
    assert done.stderr.decode() == "before\ncafé\nafter\nend"
