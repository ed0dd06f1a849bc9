"""Completion in the shells, as docs/settings.md sets it up."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs/settings.md"
SCRIPTS = Path(sys.executable).parent
(BASH,) = re.findall(r"`(eval .*bash_source.*)` \|", PAGE.read_text("utf-8"))

pytestmark = pytest.mark.skipif(
    not (SCRIPTS / "visavis").exists(), reason="the command is not installed beside Python"
)


def run(*command, **variables):
    environment = {**os.environ, **variables, "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return done.stdout


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("visavis sear", ["search"]),
        ("visavis models pu", ["pull"]),
        ("visavis search --min", ["--min-relevance"]),
        ("visavis search --for te", ["texts"]),
    ],
)
def test_bash_completes_commands_options_and_values(words, offered):
    script = f"""
        {BASH}
        COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        _visavis_completion visavis; printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    assert run("bash", "--norc", "-c", script).split() == offered


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_zsh_and_fish_get_commands_with_what_they_do(shell):
    words = {"COMP_WORDS": "visavis sear", "COMP_CWORD": "1" if shell == "zsh" else "sear"}
    told = run("visavis", _VISAVIS_COMPLETE=f"{shell}_complete", **words)
    assert "search" in told
    assert "Find the images or texts" in told
    assert "visavis" in run("visavis", _VISAVIS_COMPLETE=f"{shell}_source")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_zsh_and_fish_can_read_their_scripts(shell, tmp_path):
    if not shutil.which(shell):
        pytest.skip(f"needs {shell}")
    script = tmp_path / "script"
    script.write_text(run("visavis", _VISAVIS_COMPLETE=f"{shell}_source"))
    subprocess.run([shell, "-n", str(script)], check=True)
