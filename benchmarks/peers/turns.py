"""Commands that take turns, so that what else the machine does falls on all of them alike."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

QUERY = "a dog on the beach"
VISAVIS = [sys.executable, "-m", "visavis"]

Spent = tuple[float, float]
"""Seconds, and seconds of the processor."""


def linked(folder: Path, photos: Path, limit: int) -> Path:
    """Make a folder of links to some photographs."""
    photos.mkdir()
    files = sorted(folder.glob("*.jpg"))
    for file in files[:: max(1, len(files) // limit)][:limit]:
        (photos / file.name).symlink_to(file.resolve())
    return photos


def compare(
    what: str, ways: dict[str, Callable[[int], Spent]], rounds: int, images: int = 0
) -> None:
    """Time ways to do the same in turns; ratios are those to the first, of medians."""
    times: dict[str, list[Spent]] = {name: [] for name in ways}
    for number in range(rounds):
        for name, run in ways.items():
            times[name].append(run(number))
    print(what)
    base = None
    for name, spent in times.items():
        seconds, processor = (median(column) for column in zip(*spent, strict=True))
        base = base or (seconds, processor)
        rate = f"{images / seconds:7.1f} a second" if images else ""
        print(
            f"  {name:<30} {seconds:7.2f} s, {processor:7.2f} s of processor {rate} "
            f"{base[0] / seconds:5.2f} x by the clock, {base[1] / processor:5.2f} x by the processor",
            flush=True,
        )


def beyond(run: Callable[[], Spent]) -> Spent:
    """Return what the first of two runs takes longer."""
    first, second = run(), run()
    return first[0] - second[0], first[1] - second[1]


def index(scratch: str, photos: Path, name: str, model: str) -> Spent:
    return timed(
        [*VISAVIS, "index", str(photos), "--collection", f"{scratch}/{name}", "--model", model]
    )


def search(scratch: str, name: str, model: str) -> Spent:
    command = [*VISAVIS, "search", QUERY, "--json", "--collection", f"{scratch}/{name}"]
    return timed([*command, "--model", model])


def timed(
    command: list[str], cwd: Path | None = None, environment: dict[str, str] | None = None
) -> Spent:
    """Run a command; return its seconds, and those of the processor."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | (environment or {}),
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, spent
