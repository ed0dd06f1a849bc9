"""What a model's recall costs: milliseconds of an image, and bytes, as a table and a plot.

    python benchmarks/pareto.py --data flickr8k:FLICKR8K NAME=FOLDER … --out docs/images/pareto.png
    python benchmarks/pareto.py --keep pareto.json --out docs/images/pareto.png

Recall is the sum of the six recalls at 1, 5 and 10 on the English captions of the split dev, both
ways. Milliseconds are those of the processor with one thread, the median over rounds in which the
models take turns. Bytes are all files of a folder that a search needs. With --keep, measurements
are read from a file and added to it: a model that is there is not measured again.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import onnxruntime

from image_networks import BATCHES, open_network, pixels_for
from visavis import evaluate
from visavis.encoders import load_encoder

CUTOFFS = ("R@1", "R@5", "R@10")
WAYS = ("image_to_text", "text_to_image")
NEEDED = ("*.onnx", "*.onnx.data", "tokenizer.json")
INK, FRONT = "#30343b", "#c2410c"


@dataclass(frozen=True)
class Point:
    """A model: its recall sum on dev, milliseconds an image by batch size, and megabytes."""

    name: str
    id: str
    recall_sum: float
    milliseconds: dict[str, float]
    megabytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", metavar="NAME=FOLDER")
    parser.add_argument("--data", default="", help="such as flickr8k:FOLDER")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--keep", type=Path, help="a JSON file of measurements")
    parser.add_argument("--out", type=Path, help="the plot to draw, .png or .svg")
    options = parser.parse_args()
    kept = read(options.keep) if options.keep and options.keep.exists() else []
    named = dict(each.split("=", 1) for each in options.models)
    new = {name: Path(folder) for name, folder in named.items() if not _is_in(name, kept)}
    points = [*kept, *measure(new, options.data, options.rounds)]
    if options.keep:
        options.keep.write_text(json.dumps([asdict(each) for each in points], indent=1) + "\n")
    print(table(points))
    if options.out:
        draw(points, options.out)


def measure(folders: dict[str, Path], data: str, rounds: int) -> list[Point]:
    """Measure models: recall one after the other, time in turns."""
    sums = {name: recall_sum(folder, data) for name, folder in folders.items()}
    times = milliseconds(folders, rounds)
    return [
        Point(name, load_encoder(folder).id, sums[name], times[name], megabytes(folder))
        for name, folder in folders.items()
    ]


def recall_sum(folder: Path, data: str) -> float:
    (report,) = evaluate(folder, data, split="dev", langs=["en"])
    found = report.to_json()
    return sum(found[way][cutoff] for way in WAYS for cutoff in CUTOFFS)


def milliseconds(folders: dict[str, Path], rounds: int) -> dict[str, dict[str, float]]:
    """Return the median milliseconds of an image, of the processor, by model and batch size."""
    networks = {name: (open_network(each, 1), pixels_for(each)) for name, each in folders.items()}
    found: dict[str, dict[str, float]] = {name: {} for name in folders}
    for size in BATCHES:
        spent: dict[str, list[float]] = {name: [] for name in folders}
        for _ in range(rounds + 1):
            for name, (network, pixels) in networks.items():
                spent[name].append(_seconds(network, pixels[:size]) * 1e3 / size)
        for name, times in spent.items():
            found[name][str(size)] = statistics.median(times[1:])  # the first takes memory
    return found


def _seconds(network: onnxruntime.InferenceSession, pixels: object) -> float:
    start = time.process_time()
    network.run(None, {network.get_inputs()[0].name: pixels})
    return time.process_time() - start


def megabytes(folder: Path) -> float:
    return sum(file.stat().st_size for kind in NEEDED for file in folder.glob(kind)) / 1e6


def front(costs: Sequence[float], gains: Sequence[float]) -> list[int]:
    """Return the points that no other beats in both, by rising cost."""
    order = sorted(range(len(costs)), key=lambda n: (costs[n], -gains[n]))
    best, found = float("-inf"), []
    for n in order:
        if gains[n] > best:
            best = gains[n]
            found.append(n)
    return found


def table(points: Sequence[Point]) -> str:
    sizes = [str(size) for size in BATCHES]
    heads = ["model", "recall sum", *(f"ms, {size} at a time" for size in sizes), "MB"]
    rows = [
        [each.name, f"{each.recall_sum:.1f}"]
        + [f"{each.milliseconds[size]:.1f}" for size in sizes]
        + [f"{each.megabytes:.1f}"]
        for each in points
    ]
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def draw(points: Sequence[Point], path: Path) -> None:
    """Draw recall against milliseconds of a single image, and against megabytes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    gains = [each.recall_sum for each in points]
    for axes, label, costs in (
        (left, "ms of processor for one image", [each.milliseconds["1"] for each in points]),
        (right, "MB of all files", [each.megabytes for each in points]),
    ):
        best = front(costs, gains)
        axes.plot([costs[n] for n in best], [gains[n] for n in best], "-", color=FRONT, zorder=1)
        colours = [FRONT if n in best else INK for n in range(len(points))]
        axes.scatter(costs, gains, c=colours, zorder=2)
        for n, (each, cost) in enumerate(zip(points, costs, strict=True)):
            # Names would overlap each other, the line of the front, or the axis.
            left_of_it = n in best[1:] and each.recall_sum < max(gains)
            above = n in best and cost > min(costs)
            place = {
                "textcoords": "offset points",
                "xytext": (-6 if left_of_it else 6, 7 if above else -12),
                "ha": "right" if left_of_it else "left",
            }
            axes.annotate(each.name, (cost, each.recall_sum), fontsize=9, color=INK, **place)
        axes.set_xlabel(label)
        axes.set_xlim(0, 1.4 * max(costs))
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    left.set_ylabel("sum of six recalls, dev, English")
    left.margins(y=0.15)
    figure.savefig(path, dpi=130)


def read(path: Path) -> list[Point]:
    return [Point(**each) for each in json.loads(path.read_text("utf-8"))]


def _is_in(name: str, points: Sequence[Point]) -> bool:
    return any(each.name == name for each in points)


if __name__ == "__main__":
    main()
