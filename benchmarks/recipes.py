"""Comparison of losses, mining and parts of a recipe: trained with several seeds.

    python benchmarks/recipes.py flickr8k:FOLDER --weights mobilenet_v2.safetensors --table mining
    python benchmarks/recipes.py flickr8k:FOLDER --table parts --set data.teacher=teacher.npz

Trains on the train split with three seeds a row: all on MobileNetV2's class vectors and the mean of
word vectors trained on the captions, those of the table `parts` on the map of EfficientNet-Lite2.
`tools/bundled_model/prepare.py` writes the teacher. Prints one table for the first 1,000 images of
train, one for dev, by which recipes are chosen, and one for test. Finished runs are not repeated:
each leaves its figures in --work.
"""

from __future__ import annotations

import argparse
import json
import shutil
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev
from typing import Any, NamedTuple

import numpy as np
from accelerate import Accelerator

import trial_losses
from visavis.datasets import Dataset, load_dataset
from visavis.evaluation.metrics import median_rank, recall_at
from visavis.evaluation.protocol import rank_both_ways
from visavis.training.data import select_pairs
from visavis.training.examples import extract_features
from visavis.training.model import encode
from visavis.training.recipe import load_recipe
from visavis.training.run import Fitted, fit


class Table(NamedTuple):
    """Changes that all rows share, and the rows: name, recipe, changes.

    Only stages on frozen features are run.
    """

    same: tuple[str, ...]
    rows: list[tuple[str, str, tuple[str, ...]]]


MOBILENET = ("image.backbone=mobilenet_v2", "image.features=classes", "text.pooling=mean")
EFFICIENTNET = (
    "image.backbone=efficientnet-lite2",
    "image.size=256",
    "image.features=map",
    "image.head=attention",
    "text.pooling=attention",
    "stages.heads.epochs=12",
)
TABLES = {
    "mining": Table(
        MOBILENET,
        [
            (miner, "classic", (f"training.miner={miner}",))
            for miner in ("random", "semi-hard", "hard", "mixed")
        ],
    ),
    "losses": Table(MOBILENET, [(name, name, ()) for name in ("vsepp", "contrastive", "sigmoid")]),
    "recipes": Table(
        MOBILENET, [(name, name, ()) for name in ("classic", "vsepp", "contrastive", "sigmoid")]
    ),
    "parts": Table(
        EFFICIENTNET,
        [
            (name, "contrastive", changes)
            for name, changes in {
                "a caption an image": ("training.captions=1", "stages.heads.average=0"),
                "five captions": ("stages.heads.average=0",),
                "five captions, averaged weights: as below": (),
                "the hardest negative": ("training.loss=info-nce+max-violation",),
                "soft targets": ("training.loss=0.8*info-nce+0.2*soft-info-nce",),
                "frozen encoders' geometry": ("training.loss=info-nce+10*geometry",),
                "frozen encoders' neighbours": ("training.loss=info-nce+neighbours",),
                "a queue of 1,280": ("training.queue=1280",),
                "a pyramid": ("image.features=pyramid",),
                "pooled features and a linear head": ("image.features=pooled", "image.head=linear"),
            }.items()
        ],
    ),
}
CUTOFFS = (1, 5, 10)
SPLITS = ("train", "dev", "test")
MOST = 1000  # images of a split, so that train is measured like the others
WAYS = ("image to text", "text to image")


def main() -> None:
    options = parse_options()
    trial_losses.register()
    dataset = load_dataset(options.data)
    same, chosen = TABLES[options.table]
    rows = []
    for name, recipe, changes in chosen:
        runs = [
            figures_of(
                dataset, recipe, (*same, *changes, *options.changes, f"seed={seed}"), options
            )
            for seed in range(1, options.seeds + 1)
        ]
        rows.append((name, runs))
    for split in SPLITS:
        print_table(split, rows, options)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="such as flickr8k:FOLDER")
    parser.add_argument("--weights", default="", help="MobileNetV2 with its classifier")
    parser.add_argument("--table", choices=list(TABLES), required=True)
    parser.add_argument("--lang", default="en")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", dest="changes", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--work", type=Path, default=Path("runs/recipes"))
    options = parser.parse_args()
    if TABLES[options.table].same is MOBILENET and not options.weights:
        parser.error(f"--table {options.table} needs --weights, MobileNetV2 with its classifier")
    return options


def figures_of(
    dataset: Dataset, recipe: str, changes: tuple[str, ...], options: argparse.Namespace
) -> dict[str, Any]:
    """Train, or read the figures of an earlier identical run: by split, then by name."""
    chosen = load_recipe(recipe, (*changes, f"image.weights={options.weights}"))
    frozen = tuple(stage for stage in chosen.stages if not stage.backbone)
    chosen = replace(chosen, stages=frozen)
    key = "_".join([recipe, options.lang, *changes]).replace("/", "-")
    file = options.work / f"{key}.json"
    if not file.exists():
        folder = options.work / key
        fitted = fit(
            chosen,
            dataset,
            folder,
            Accelerator(cpu=True),
            langs=[options.lang],
            log=lambda line: print(f"{key}: {line}", flush=True),
        )
        splits = [split for split in SPLITS if split_has(dataset, split, options.lang)]
        found = {split: measure_split(fitted, dataset, split, options.lang) for split in splits}
        file.write_text(json.dumps(found), "utf-8")
        shutil.rmtree(folder)
    return json.loads(file.read_text("utf-8"))


def split_has(dataset: Dataset, split: str, lang: str) -> bool:
    return any(
        dataset.splits[caption.image] == split and caption.lang == lang and not caption.machine
        for caption in dataset.captions
    )


def measure_split(fitted: Fitted, dataset: Dataset, split: str, lang: str) -> dict[str, float]:
    """Rank a split in both directions, and compute triplet accuracy over all negatives."""
    images = set([key for key, own in dataset.splits.items() if own == split][:MOST])
    tower = fitted.model.image
    pairs, features = extract_features(
        tower, select_pairs(dataset, images, [lang], machine=False), lambda _: None
    )
    tokens = fitted.run.vocabulary.tokens(pairs.texts)
    vectors, texts = encode(fitted.model, features, tokens)
    scores = (vectors @ texts.T).numpy()
    found: dict[str, float] = {"images": len(pairs.paths), "captions": len(pairs.texts)}
    for way, ranks in zip(WAYS, rank_both_ways(scores, pairs.image_of_caption), strict=True):
        found |= {f"{way} R@{k}": recall_at(k, ranks) for k in CUTOFFS}
        found[f"{way} medR"] = median_rank(ranks)
    found["triplets"] = 100 * triplet_share(scores, pairs.image_of_caption)
    return found


def triplet_share(scores: Any, image_index: Any) -> float:
    """Return the share of triplets in which an image's caption scores above another's."""
    shares = []
    for image, own in enumerate(scores):
        true, wrong = own[image_index == image], np.sort(own[image_index != image])
        shares += list(np.searchsorted(wrong, true) / len(wrong))
    return float(np.mean(shares))


def print_table(split: str, rows: list[tuple[str, list[dict[str, Any]]]], options: Any) -> None:
    rows = [(name, runs) for name, runs in rows if all(split in run for run in runs)]
    if not rows:
        return  # no captions by people
    first = rows[0][1][0][split]
    print(
        f"\n{options.data.partition(':')[0]} {split}, {options.lang}, {first['images']:,} images, "
        f"{first['captions']:,} captions; mean ± deviation of {options.seeds} seeds\n"
    )
    columns = [f"{way} {name}" for way in WAYS for name in ("R@1", "R@5", "R@10", "medR")]
    columns.append("triplets")
    print("| " + " | ".join([options.table, *columns]) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for name, each in rows:
        cells = [spread([run[split][column] for run in each]) for column in columns]
        print("| " + " | ".join([name, *cells]) + " |", flush=True)


def spread(values: list[float]) -> str:
    if len(values) == 1:
        return f"{values[0]:.1f}"
    return f"{mean(values):.1f} ± {stdev(values):.1f}"


if __name__ == "__main__":
    main()
