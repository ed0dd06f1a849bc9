"""How well and how fast duplicates are found, on versions of photographs that are made here.

python benchmarks/duplicates.py flickr8k:PATH --split test --photographs 500 --scale 100000

Each photograph is copied, resized, re-encoded and cropped. A version is found if it is in a group
with its photograph; a wrong pair is two files of one group that come from different photographs,
which the dataset itself may hold twice: they are listed, so that one can look. `--scale` times the
comparison of so many random vectors, which is what a collection of that size costs beyond reading.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from visavis.collection import Collection
from visavis.datasets import load_dataset
from visavis.duplicates import DuplicateReport, find_duplicates
from visavis.duplicates.fingerprints import LENGTH, SAME, comparable, read_fingerprints
from visavis.duplicates.pairs import clusters, similar_pairs
from visavis.indexing import index

Change = Callable[[Image.Image], Image.Image]


def scaled(share: float) -> Change:
    def change(image: Image.Image) -> Image.Image:
        return image.resize((round(image.width * share), round(image.height * share)))

    return change


def cropped(share: float) -> Change:
    def change(image: Image.Image) -> Image.Image:
        return ImageOps.crop(image, round((1 - share) / 2 * min(image.size)))

    return change


def unchanged(image: Image.Image) -> Image.Image:
    return image


# Name, change, suffix, and how the file is saved.
VERSIONS = (
    ("half the size", scaled(0.5), ".jpg", {"quality": 85}),
    ("quarter of the size", scaled(0.25), ".jpg", {"quality": 85}),
    ("JPEG of quality 30", unchanged, ".jpg", {"quality": 30}),
    ("WebP of quality 50", unchanged, ".webp", {"quality": 50}),
    ("PNG", unchanged, ".png", {}),
    ("crop to 95 %", cropped(0.95), ".jpg", {"quality": 85}),
    ("crop to 90 %", cropped(0.9), ".jpg", {"quality": 85}),
    ("crop to 75 %", cropped(0.75), ".jpg", {"quality": 85}),
    ("mirrored", ImageOps.mirror, ".jpg", {"quality": 85}),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", help="such as flickr8k:PATH")
    parser.add_argument("--split", default="test")
    parser.add_argument("--photographs", type=int, default=500)
    parser.add_argument("--scale", type=int, default=0, help="vectors of the timing")
    parser.add_argument(
        "--pairs", action="store_true", help="only list the most similar photographs"
    )
    parser.add_argument("--model", help="model folder (default: the bundled one)")
    options = parser.parse_args()
    dataset = load_dataset(options.dataset).select(split=options.split)
    photographs = list(dataset.images.values())[: options.photographs]
    if options.pairs:
        show_pairs({key: str(path) for key, path in load_dataset(options.dataset).images.items()})
        return
    with tempfile.TemporaryDirectory() as folder:
        made = make_versions(photographs, Path(folder, "files"))
        with Collection.create(Path(folder, "c"), options.model) as collection:
            index([Path(folder, "files")], collection)
            print(
                f"{options.dataset.split(':')[0]} {options.split}, model "
                f"{collection.store.model_id}: {len(photographs):,} photographs, {made:,} files"
            )
            for level in ("picture", "near"):
                start = time.perf_counter()
                report = find_duplicates(collection, level)
                show(report, level, len(photographs), time.perf_counter() - start)
    if options.scale:
        show_time(options.scale)


def make_versions(photographs: list[Path], folder: Path) -> int:
    """Write the versions, a folder each; return how many files there are."""
    for name, change, suffix, options in VERSIONS:
        (folder / name).mkdir(parents=True)
        for file in photographs:
            with Image.open(file) as image:
                change(image.convert("RGB")).save(folder / name / f"{file.stem}{suffix}", **options)
    for name in ("original", "copy"):
        (folder / name).mkdir()
        for file in photographs:
            shutil.copy(file, folder / name)
    return (len(VERSIONS) + 2) * len(photographs)


def show(report: DuplicateReport, level: str, photographs: int, seconds: float) -> None:
    """Print the share of versions that are found, by kind, and the precision of pairs."""
    found: Counter[str] = Counter()
    right, wrong = 0, []
    for group in report.groups:
        files = [Path(member.source) for member in group.members]
        originals = {file.stem for file in files if file.parent.name == "original"}
        found.update(file.parent.name for file in files if file.stem in originals)
        for one, other in combinations(files, 2):
            if one.stem == other.stem:
                right += 1
            else:
                wrong.append((one, other))
    threshold = f", near from {report.threshold:.3f}" if report.threshold else ""
    print(f"\n{level}{threshold}: {len(report.groups):,} groups, {seconds:.1f} s")
    for name in ("copy", *(name for name, *_ in VERSIONS)):
        print(f"  recall {found[name] / photographs:6.1%}  {name}")
    pairs = right + len(wrong)
    print(f"  precision {right / max(pairs, 1):.2%} of {pairs:,} pairs")
    different = sorted({tuple(sorted((one.stem, other.stem))) for one, other in wrong})
    for names in different[:10]:
        print(f"  joined: {' and '.join(names)}")


def show_pairs(files: dict[str, str]) -> None:
    """Print the pairs of photographs with the highest correlations of all."""
    with tempfile.TemporaryDirectory() as folder:
        prints = read_fingerprints(files, Path(folder, "cache.npz"), os.cpu_count() or 1)
    names, vectors = list(prints), comparable(np.stack(list(prints.values())))
    pairs = similar_pairs(vectors, 0.9)
    scores = (vectors[pairs[:, 0]] * vectors[pairs[:, 1]]).sum(axis=1)
    print(f"{len(names):,} photographs, {len(pairs):,} pairs above 0.9, {SAME} is the threshold")
    for row in np.argsort(-scores)[:10]:
        print(f"  {scores[row]:.4f}  {'  '.join(names[each] for each in pairs[row])}")


def show_time(count: int) -> None:
    """Print how long all pairs take: fingerprints, then vectors of 256 dimensions."""
    for what, dim in (("fingerprints", LENGTH), ("vectors", 256)):
        vectors = np.random.default_rng(0).normal(size=(count, dim)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors[count // 2 :: 100] = vectors[: count - count // 2 : 100]
        start = time.perf_counter()
        groups = clusters(similar_pairs(vectors, SAME))
        seconds = time.perf_counter() - start
        print(f"{count:,} {what} ({dim}): {seconds:.1f} s, {len(groups):,} groups")


if __name__ == "__main__":
    main()
