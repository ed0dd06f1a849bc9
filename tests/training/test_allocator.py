from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from visavis.training import allocator

PROGRAM = """
import resource
import torch
from visavis.training.allocator import keep_freed_memory
if {keep}:
    assert keep_freed_memory()
def step():
    torch.ones(16_000_000).add_(1)  # 64 MB
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def printed(program):
    """The number that a program prints in a process of its own."""
    command = [sys.executable, "-c", program]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the settings are glibc's")
def test_freed_memory_is_reused():
    plain, kept = (printed(PROGRAM.format(keep=keep)) for keep in (False, True))
    assert kept < plain / 2


PIECES = """
import torch
from visavis.training.allocator import keep_freed_memory, return_freed_memory
assert {choice}()
def held():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20
tensors = [torch.ones(2**20) for _ in range(40)]  # of 4 MB
before = held()
del tensors[:-1]  # the last lies above all others
print(before - held())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the settings are glibc's")
def test_freed_memory_is_returned_where_batches_are_in_chunks():
    kept, returned = (
        printed(PIECES.format(choice=choice))
        for choice in ("keep_freed_memory", "return_freed_memory")
    )
    assert kept < 40
    assert returned > 120


def test_other_c_libraries_are_left_alone(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert not allocator.keep_freed_memory()
    assert not allocator.return_freed_memory()
