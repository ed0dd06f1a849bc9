"""Several processes behind one socket, as people run them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

PROGRAM = """
import os, signal, sys
from visavis.errors import VisavisError
from visavis.server.workers import run_workers

def work(ready):
    {before}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ready()
    print("ready", os.getpid(), flush=True)
    while True:
        signal.pause()

try:
    run_workers(2, work, lambda: print("started", os.getpid(), flush=True))
except VisavisError as error:
    sys.exit(f"visavis: {{error}}")
"""


@contextmanager
def workers(before="pass"):
    """Run two workers; everything is killed at the end."""
    program = PROGRAM.format(before=before)
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def lines(process, count):
    """Return so many lines as pairs of a word and a process."""
    found = [process.stdout.readline().split() for _ in range(count)]
    return sorted((word, int(pid)) for word, pid in found)


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_all_end_together(how):
    with workers() as process:
        (_, first), (_, second), (_, started) = lines(process, 3)
        assert started == process.pid
        process.send_signal(how)
        assert process.wait(timeout=60) == 0
        assert process.stderr.read() == ""
        assert not is_running(first)
        assert not is_running(second)


def test_one_that_dies_is_replaced():
    with workers() as process:
        (_, first), (_, second), _ = lines(process, 3)
        os.kill(first, signal.SIGKILL)
        ((word, third),) = lines(process, 1)
        assert (word, third not in {first, second}) == ("ready", True)
        process.terminate()
        assert process.wait(timeout=60) == 0


def test_they_do_not_outlive_the_first_process():
    with workers() as process:
        lines(process, 3)
        process.kill()
        assert process.stdout.read() == ""  # which all of them hold open


def test_an_error_before_they_are_ready_is_one_line():
    with workers('raise VisavisError("no collection here")') as process:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (1, "", "visavis: no collection here\n")
    with workers("os._exit(9)") as process:
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (1, "visavis: a worker ended before it was ready\n")
