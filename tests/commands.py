"""Commands as the docs write them: run in this process, or only understood."""

from __future__ import annotations

import shlex

import pytest

from visavis.cli import main
from visavis.cli.app import visavis


def run(command):
    """Run `visavis …` and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(command)[1:])
    return ended.value.code or 0


def understand(command):
    """Read the words of `visavis …` as click does, without running it."""
    understood, words = visavis, shlex.split(command, comments=True)[1:]
    while hasattr(understood, "get_command"):
        context = understood.make_context("visavis", ["x"])
        understood = understood.get_command(context, words.pop(0))
    understood.make_context("visavis", words)
