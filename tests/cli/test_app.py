import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import visavis
from visavis.cli import main
from visavis.cli.app import COMMANDS
from visavis.errors import ModelError, VisavisError

HEAVY = {"PIL", "faiss", "onnxruntime", "rich", "skimage", "tokenizers", "torch"}


def exit_code(*arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code or 0


def failing_with(monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("visavis.cli.stats.open_collection", fail)


def test_the_installed_script_is_main():
    (script,) = entry_points(group="console_scripts", name="visavis")
    assert script.load() is main


def test_version(capsys):
    assert exit_code("--version") == 0
    assert capsys.readouterr().out == f"visavis {visavis.__version__}\n"


def test_help_lists_every_command(capsys):
    assert exit_code("--help") == 0
    listed = capsys.readouterr().out
    assert [name for name in COMMANDS if f"\n  {name} " not in listed] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_every_command_fits_80_columns(name, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert exit_code(name, "--help") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"Usage: visavis {name}")
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    "arguments",
    [(), ("serach", "a dog"), ("search",), ("search", "a", "--jsn"), ("search", "a", "-k", "x")],
)
def test_invalid_usage_exits_with_2(arguments, capsys):
    assert exit_code(*arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_an_unknown_command_suggests_the_nearest(capsys):
    assert exit_code("serach", "a dog") == 2
    assert "no such command: 'serach'; did you mean 'search'?" in capsys.readouterr().err


def test_a_user_error_is_one_line_and_exits_with_1(monkeypatch, capsys):
    failing_with(monkeypatch, VisavisError("photo.jpg:\n is no good"))
    assert exit_code("stats") == 1
    assert capsys.readouterr().err == "visavis: photo.jpg: is no good\n"


def test_an_interruption_is_quiet(monkeypatch, capsys):
    failing_with(monkeypatch, KeyboardInterrupt())
    assert exit_code("stats") == 130
    assert "".join(capsys.readouterr()).strip() == ""


@pytest.mark.parametrize("wrapped", [ImportError, ModelError])
def test_interrupted_while_a_library_loads_which_says_something_else(monkeypatch, capsys, wrapped):
    error = wrapped("initialization failed")
    error.__cause__ = ImportError("again")
    error.__cause__.__context__ = KeyboardInterrupt()
    failing_with(monkeypatch, error)
    assert exit_code("stats") == 130
    assert capsys.readouterr() == ("", "")


def test_a_bug_shows_its_traceback(monkeypatch):
    failing_with(monkeypatch, ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        main(["stats"])


def test_a_closed_pipe_is_not_an_error(tmp_path):
    code = """
import sys
from visavis.cli import main, stats
class Open:
    def __enter__(self):
        for _ in range(100_000): print("a line")
    def __exit__(self, *_): pass
stats.open_collection = lambda *_: Open()
main(["stats"])
"""
    script = tmp_path / "script.py"
    script.write_text(code)
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} {script} | head -1"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "a line\n"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("redirection", "code", "err"),
    [
        (">&-", 0, ""),
        (">&- 2>&-", 0, ""),
        pytest.param(
            ">/dev/full",
            1,
            "visavis: no space left on device\n",
            marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here"),
        ),
    ],
)
def test_unwritable_output_gives_no_traceback(redirection, code, err):
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m visavis --version {redirection}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, err)


def modules_after(*arguments):
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"""
import sys
from visavis.cli import main
try: main({arguments})
except SystemExit: pass
print(*sys.modules)""",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_imports_nothing_heavy_and_no_other_command(name):
    modules = modules_after(name, "--help")
    assert modules & HEAVY == set()
    commands = {other for other in COMMANDS if f"visavis.cli.{other}" in modules}
    assert commands == ({name, "search"} if name == "demo" else {name})
