"""A model before and after it has learned from a dataset, on images it has not seen.

    python benchmarks/own_images.py --lang en                # the bundled model, on drawn shapes
    python benchmarks/own_images.py --data products.csv      # on your own images
    python benchmarks/own_images.py --model FOLDER --set training.locked=image

Without --set, the text tower alone learns, for four epochs: some minutes on two cores. A dataset
without a split "test" is dealt by a seed: 60 % of the images to learn from, 10 % for dev, 30 % for
test. Intervals of the differences are a paired bootstrap over images.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from visavis import evaluate
from visavis.datasets import Dataset, load_dataset
from visavis.datasets.shapes import draw_shapes
from visavis.evaluation import Report
from visavis.evaluation.bootstrap import mean_intervals
from visavis.evaluation.metrics import hit_at
from visavis.training.recipe import load_recipe
from visavis.training.run import train

CUTOFFS = (1, 5, 10)
QUICK = (
    "training.locked=image",
    "training.text_rate=1e-3",
    "training.epochs=4",
    "training.batch=32",
    "training.captions=4",
    "training.warmup=5",
)
SHARES = (0.6, 0.7)  # up to where images are learned from, and measured on to choose an epoch
DIRECTIONS = ("text_to_image", "image_to_text")


def main() -> None:
    options = parse_options()
    work = Path(tempfile.mkdtemp())
    try:
        dataset = dealt(open_data(options, work), options.seed)
        changes = [
            f"model={json.dumps(options.model)}",
            f"seed={options.seed}",
            *(options.changes or QUICK),
        ]
        recipe = load_recipe("finetune", changes)
        langs = options.lang.split(",") if options.lang else None
        train(recipe, dataset, work / "model", langs=langs, log=print)
        before = evaluate(options.model, dataset, langs=langs)
        after = evaluate(work / "model", dataset, langs=langs)
        print_table(dataset, before, after)
    finally:
        shutil.rmtree(work)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="", help="a dataset; drawn shapes by default")
    parser.add_argument("--columns", default="", help="such as image=photo,text=title")
    parser.add_argument("--shapes", type=int, default=200, help="images to draw")
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--lang", default="")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--set", dest="changes", action="append", default=[], metavar="KEY=VALUE")
    return parser.parse_args()


def open_data(options: argparse.Namespace, work: Path) -> Dataset:
    if options.data:
        return load_dataset(options.data, options.columns)
    draw_shapes(work / "shapes", options.shapes, seed=options.seed)
    drawn = load_dataset(f"shapes:{work / 'shapes'}")
    return replace(drawn, splits=dict.fromkeys(drawn.splits, "train"))


def dealt(dataset: Dataset, seed: int) -> Dataset:
    """Deal the images to three splits, unless the dataset has a test split of its own."""
    if "test" in dataset.splits.values():
        return dataset
    images = np.random.default_rng(seed).permutation(sorted(dataset.splits))
    ends = [round(share * len(images)) for share in SHARES]
    parts = zip(("train", "dev", "test"), np.split(images, ends), strict=True)
    return replace(
        dataset, splits={str(image): name for name, part in parts for image in part.tolist()}
    )


def print_table(dataset: Dataset, before: list[Report], after: list[Report]) -> None:
    print(f"\n{dataset.name}, split test; recall in percent, difference with its 95 % interval\n")
    print("| lang | direction | images | queries | k | before | after | difference |")
    print("|---|---|---|---|---|---|---|---|")
    for one, other in zip(before, after, strict=True):
        for direction in DIRECTIONS:
            for k in CUTOFFS:
                print(row(one, other, direction, k))


def row(before: Report, after: Report, direction: str, k: int) -> str:
    embedded, ranks = before.embedded, getattr(before, direction)
    queries = ranks.queries
    images = queries if direction == "image_to_text" else embedded.image_index[queries]
    old, new = (100 * hit_at(k, getattr(each, direction)) for each in (before, after))
    ((low, high),) = mean_intervals((new - old)[:, None], images)
    cells = [
        *(embedded.lang, direction.replace("_", " "), len(embedded.keys), len(queries), k),
        *(f"{old.mean():.1f}", f"{new.mean():.1f}"),
        f"{(new - old).mean():+.1f} [{low:+.1f}, {high:+.1f}]",
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


if __name__ == "__main__":
    main()
