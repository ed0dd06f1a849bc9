"""What regions find and cost: mosaics of four photographs, searched by captions of one.

python benchmarks/regions.py flickr8k:PATH --split dev

Each photograph of the split is a quadrant of one mosaic, in a random order with a fixed seed. A
caption should find the mosaic, and the box of the hit should have its centre in the right
quadrant. The mosaics are indexed as any folder would be, with regions and without.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visavis.collection import Collection
from visavis.datasets import Caption, Dataset, load_dataset
from visavis.encoders import Encoder, load_encoder
from visavis.evaluation.bootstrap import mean_intervals
from visavis.images import open_image
from visavis.indexing import index
from visavis.types import Hit, Vectors

SIDE = 320  # of a quadrant, in pixels
DEPTH = 10
BATCH = 64
TURNS = 5


@dataclass(frozen=True)
class Position:
    """Where a photograph is: the mosaic's file and the quadrant, counted as one reads."""

    mosaic: str
    quadrant: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", help="such as flickr8k:PATH")
    parser.add_argument("--split", default="dev")
    parser.add_argument("--model", help="model folder (default: the bundled one)")
    options = parser.parse_args()
    encoder = load_encoder(options.model)
    dataset = load_dataset(options.dataset).select(split=options.split)
    captions = [c for c in dataset.captions if c.lang == "en" and not c.machine]
    with tempfile.TemporaryDirectory() as folder:
        positions = make_mosaics(dataset, Path(folder, "mosaics"))
        asked = [caption for caption in captions if caption.image in positions]
        mosaics = len({position.mosaic for position in positions.values()})
        print(
            f"{options.dataset.split(':')[0]} {options.split}, en, model {encoder.id}: "
            f"{mosaics} mosaics of {len(positions)} photographs, {len(asked):,} captions"
        )
        texts = encoder.encode_texts([caption.text for caption in asked])
        spent = measure_cost(encoder, Path(folder))
        measure_finding(spent, asked, texts, positions)
        for collection in spent.values():
            collection.close()


def make_mosaics(dataset: Dataset, folder: Path) -> dict[str, Position]:
    """Paint the mosaics; return where each photograph went."""
    from PIL import Image

    folder.mkdir()
    keys = list(dataset.images)
    order = np.random.default_rng(0).permutation(len(keys))
    positions = {}
    for number in range(len(keys) // 4):
        file = folder / f"{number:05}.jpg"
        mosaic = Image.new("RGB", (2 * SIDE, 2 * SIDE))
        for quadrant, chosen in enumerate(order[4 * number : 4 * number + 4]):
            photo = open_image(dataset.images[keys[chosen]]).resize((SIDE, SIDE))
            mosaic.paste(photo, (SIDE * (quadrant % 2), SIDE * (quadrant // 2)))
            positions[keys[chosen]] = Position(str(file), quadrant)
        mosaic.save(file, quality=92)
    return positions


def measure_cost(encoder: Encoder, folder: Path) -> dict[str, Collection]:
    """Index the mosaics without and with regions, in turns; print what each takes."""
    names = {"full images": False, "regions": True}
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    kept: dict[str, Collection] = {}
    encoder.encode_with_regions([np.zeros((encoder.image_size, encoder.image_size, 3), np.uint8)])
    for turn in range(TURNS):
        for name, regions in names.items():
            collection = Collection.create(folder / f"{name}{turn}", encoder)
            start = time.perf_counter(), time.process_time()
            index([folder / "mosaics"], collection, regions=regions)
            spent[name].append((time.perf_counter() - start[0], time.process_time() - start[1]))
            if turn:
                kept[name].close()
            kept[name] = collection
    best = {name: 1000 * np.min(spent[name], axis=0) for name in names}
    size = {name: collection.stats().bytes for name, collection in kept.items()}
    count = kept["full images"].stats().images
    for name in names:
        wall, cpu = best[name] / count
        print(
            f"  index, {name:12} {wall:6.1f} ms, {cpu:6.1f} ms of processor, "
            f"{size[name] / count / 1000:5.1f} kB an image"
        )
    wall, cpu = best["regions"] / best["full images"]
    print(
        f"  regions / full images: time {wall:.2f}, processor {cpu:.2f} (best of {TURNS}), "
        f"size {size['regions'] / size['full images']:.1f}, "
        f"{kept['regions'].stats().regions // count} regions an image"
    )
    return kept


def measure_finding(
    collections: dict[str, Collection],
    asked: Sequence[Caption],
    texts: Vectors,
    positions: dict[str, Position],
) -> None:
    """Print how often the mosaic is found, and the quadrant hit."""
    mosaics = {position.mosaic: n for n, position in enumerate(positions.values())}
    groups = np.array([mosaics[positions[caption.image].mosaic] for caption in asked])
    found = {}
    for name, collection in collections.items():
        hits = search(collection, texts, regions=name == "regions")
        ranks = [
            rank_of(positions[c.image].mosaic, each) for c, each in zip(asked, hits, strict=True)
        ]
        found[name] = np.array([[rank < 1, rank < DEPTH] for rank in ranks], float)
        one, ten = 100 * found[name].mean(axis=0)
        print(f"  search, {name:12} R@1 {one:5.1f}  R@10 {ten:5.1f}")
    gain = 100 * (found["regions"] - found["full images"])
    (low, high) = mean_intervals(gain, groups)[1]
    print(f"  R@10 gained {gain[:, 1].mean():+.1f} [{low:+.1f}, {high:+.1f}], 95 % over mosaics")
    right = [
        quadrant_of(each[rank]) == positions[c.image].quadrant
        for c, each, rank in zip(asked, hits, ranks, strict=True)
        if rank < DEPTH
    ]
    print(f"  right quadrant in {100 * np.mean(right):.1f} % of {len(right):,} hits (chance: 25 %)")


def search(collection: Collection, texts: Vectors, *, regions: bool) -> list[list[Hit]]:
    return [
        hits
        for start in range(0, len(texts), BATCH)
        for hits in collection.store.search(
            texts[start : start + BATCH], DEPTH, "image", regions=regions
        )
    ]


def rank_of(mosaic: str, hits: Sequence[Hit]) -> int:
    """Return the rank of a mosaic among the hits, counted from 0; their number if absent."""
    return next((n for n, hit in enumerate(hits) if hit.source == mosaic), len(hits))


def quadrant_of(hit: Hit) -> int | None:
    """Return the quadrant in which the centre of the hit's box lies; None on a border."""
    if hit.box is None:
        return None
    x, y = hit.box.x + hit.box.width / 2, hit.box.y + hit.box.height / 2
    return None if SIDE in {x, y} else int(x > SIDE) + 2 * int(y > SIDE)


if __name__ == "__main__":
    main()
