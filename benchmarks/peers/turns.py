"""Programs that take turns on the same photographs, so that other load falls on all alike."""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

QUERY = "a dog on the beach"
VISAVIS = [sys.executable, "-m", "visavis"]

Spent = tuple[float, float]
"""Seconds, and seconds of the processor."""

Way = Callable[[int], Spent]
"""Does the work of a round, whose number it is given."""


@dataclass(frozen=True)
class Comparison:
    """Photographs, a folder for what the programs write, and the number of rounds."""

    photos: Path
    images: int
    scratch: Path
    rounds: int

    def indexing(self, what: str, ways: dict[str, Way]) -> None:
        """Time ways to index the photographs; ratios are those to the first, of medians."""
        compare(what, ways, self.rounds, self.images)

    def searching(self, ways: dict[str, Way], more_rounds: int = 0) -> None:
        """Time ways to search by a new process."""
        compare("a search by a new process", ways, self.rounds + more_rounds)

    def index(self, name: str, model: str) -> Way:
        """Index by visavis: each round into a new collection, NAME0 and so on."""
        command = [*VISAVIS, "index", str(self.photos), "--model", model, "--collection"]
        return lambda number: self._timed([*command, str(self.scratch / f"{name}{number}")])

    def search(self, name: str, model: str) -> Way:
        """Search the collection of the first round by visavis."""
        command = [*VISAVIS, "search", QUERY, "--json", "--model", model]
        return lambda _: self._timed([*command, "--collection", str(self.scratch / f"{name}0")])

    def _timed(self, command: list[str]) -> Spent:
        """Keep the names of these collections out of the user's settings."""
        return timed(command, environment={"VISAVIS_CONFIG": str(self.scratch / "settings")})


def parser(about: str, limit: int) -> argparse.ArgumentParser:
    """Return the options that all comparisons have."""
    options = argparse.ArgumentParser(description=about.splitlines()[0])
    options.add_argument("folder", type=Path, help="with photographs")
    options.add_argument("--limit", type=int, default=limit, help="number of photographs")
    options.add_argument("--rounds", type=int, default=3)
    return options


@contextmanager
def comparison(options: argparse.Namespace) -> Iterator[Comparison]:
    """Link the photographs into a temporary folder, and say how many there are."""
    with tempfile.TemporaryDirectory() as scratch:
        photos = Path(scratch, "photos")
        photos.mkdir()
        files = sorted(options.folder.glob("*.jpg"))
        files = files[:: max(1, len(files) // options.limit)][: options.limit]
        for file in files:
            (photos / file.name).symlink_to(file.resolve())
        print(f"{len(files)} photographs, {os.cpu_count()} cores, medians of {options.rounds}")
        yield Comparison(photos, len(files), Path(scratch), options.rounds)


def compare(what: str, ways: dict[str, Way], rounds: int, images: int = 0) -> None:
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


def beyond(run: Way) -> Way:
    """Take what the first of two runs takes longer."""

    def difference(number: int) -> Spent:
        first, second = run(number), run(number)
        return first[0] - second[0], first[1] - second[1]

    return difference


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
