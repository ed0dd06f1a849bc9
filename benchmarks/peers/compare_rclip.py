"""rclip and visavis on the same photographs: indexing, and a search by a new process.

python benchmarks/peers/compare_rclip.py FOLDER [--limit 200] [--rounds 3]

Both use the same networks, of the shape of CLIP ViT-B/32 at 256 pixels and with random weights; the
model that ships with visavis comes last. They take turns, and ratios are those of medians. Indexing
is what a command takes longer than the same command once more, which finds nothing to do: rclip
always searches afterwards. It looks at its folder before each search, which is measured with and
without.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from environment import python_of, stand_in

QUERY = "a dog on the beach"
VISAVIS = [sys.executable, "-m", "visavis"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="with photographs")
    parser.add_argument("--limit", type=int, default=200, help="number of photographs")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    python, networks = python_of("rclip"), stand_in()
    model = str(networks / "model")
    with tempfile.TemporaryDirectory() as scratch:
        photos = linked(options.folder, Path(scratch, "photos"), options.limit)
        print(f"{options.limit} photographs, {os.cpu_count()} cores, medians of {options.rounds}")
        compare(
            "indexing",
            {
                "rclip": lambda n: beyond(
                    lambda: rclip(python, networks, scratch, photos, f"index{n}")
                ),
                "visavis, the same network": lambda n: beyond(
                    lambda: index(scratch, photos, f"same{n}", model)
                ),
                "visavis, its own model": lambda n: beyond(
                    lambda: index(scratch, photos, f"own{n}", "bundled")
                ),
            },
            options.rounds,
            options.limit,
        )
        known = ["--no-indexing"]
        compare(
            "a search by a new process",
            {
                "rclip": lambda _: rclip(python, networks, scratch, photos, "index0", *known),
                "rclip, looking at its folder": lambda _: rclip(
                    python, networks, scratch, photos, "index0"
                ),
                "visavis, the same network": lambda _: search(scratch, "same0", model),
                "visavis, its own model": lambda _: search(scratch, "own0", "bundled"),
            },
            options.rounds + 2,
        )


def linked(folder: Path, photos: Path, limit: int) -> Path:
    """Make a folder of links to some photographs."""
    photos.mkdir()
    files = sorted(folder.glob("*.jpg"))
    for file in files[:: max(1, len(files) // limit)][:limit]:
        (photos / file.name).symlink_to(file.resolve())
    return photos


def compare(what: str, ways: dict, rounds: int, images: int = 0) -> None:
    """Time ways to do the same in turns, the first time of each left out for searches."""
    times = {name: [] for name in ways}
    for number in range(rounds):
        for name, run in ways.items():
            times[name].append(run(number))
    print(what)
    base = median(seconds for seconds, _ in times["rclip"])
    for name, spent in times.items():
        seconds, processor = (median(column) for column in zip(*spent, strict=True))
        rate = f"{images / seconds:7.1f} a second" if images else ""
        print(
            f"  {name:<30} {seconds:7.2f} s, {processor:7.2f} s of processor {rate} "
            f"{base / seconds:5.2f} x",
            flush=True,
        )


def beyond(run: Callable[[], tuple[float, float]]) -> tuple[float, float]:
    """Return what the first of two runs takes longer."""
    first, second = run(), run()
    return first[0] - second[0], first[1] - second[1]


def rclip(
    python: str, networks: Path, scratch: str, photos: Path, name: str, *options: str
) -> tuple[float, float]:
    """Run rclip in the folder, with an index of this name; return seconds, and of processor."""
    data = Path(scratch, name)
    data.mkdir(exist_ok=True)
    for part in ("ViT-B-32-256-datacomp_s34b_b86k", "tokenizer"):
        if not (data / part).exists():
            (data / part).symlink_to(networks / "rclip" / part)
    environment = os.environ | {"RCLIP_DATADIR": str(data), "HF_HUB_OFFLINE": "1"}
    command = [python, "-m", "rclip", *options, "--top", "10", QUERY]
    return timed(command, cwd=photos, env=environment)


def index(scratch: str, photos: Path, name: str, model: str) -> tuple[float, float]:
    return timed(
        [*VISAVIS, "index", str(photos), "--collection", f"{scratch}/{name}", "--model", model]
    )


def search(scratch: str, name: str, model: str) -> tuple[float, float]:
    command = [*VISAVIS, "search", QUERY, "--json", "--collection", f"{scratch}/{name}"]
    return timed([*command, "--model", model])


def timed(command: list[str], **options: object) -> tuple[float, float]:
    """Run a command; return its seconds, and those of the processor."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, check=False, capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, spent


if __name__ == "__main__":
    main()
