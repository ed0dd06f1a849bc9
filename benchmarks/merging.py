"""Processor time that it takes to merge encoded shards into one collection.

    python benchmarks/merging.py [--items 8000] [--to postgresql://…]

Vectors are random, of 256 numbers; metadata are those of an image file. The first merge writes
everything, the second one finds everything there.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import closing
from pathlib import Path
from time import process_time

import numpy as np

from visavis.distributed import Shard, merge, shards_in
from visavis.stores import Record, Stamp, create_store
from visavis.types import Item

MODEL, DIM, SHARDS, PAGE = "random@1", 256, 4, 500


def record(number: int, vector: np.ndarray) -> Record:
    name = f"{number:08}.jpg"
    facts = {"name": name, "folder": "/photos", "width": 4000, "height": 3000, "bytes": 4_000_000}
    metadata = {**facts, "modified": "2026-01-01T00:00:00+00:00"}
    item = Item(f"{number:032x}", "image", f"/photos/{name}", None, metadata)
    return Record(item, vector, Stamp(4_000_000, number))


def make_shards(folder: Path, items: int) -> None:
    """Write the shards that `visavis embed` would write."""
    vectors = np.random.default_rng(0).normal(size=(items, DIM)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    records = [record(number, vector) for number, vector in enumerate(vectors)]
    for number in range(1, SHARDS + 1):
        shard = Shard(number, SHARDS)
        own = [each for each in records if shard.holds(each.item.source)]
        with closing(create_store(str(folder / shard.name), MODEL, DIM)) as store:
            for start in range(0, len(own), PAGE):
                store.upsert(own[start : start + PAGE])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=8000)
    parser.add_argument("--to", help="an empty place; by default a folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_shards(Path(folder), options.items)
        shards = shards_in(folder)
        with closing(create_store(options.to or f"{folder}/merged", MODEL, DIM)) as target:
            for what in ("written", "there already"):
                start = process_time()
                report = merge(shards, target)
                each = (process_time() - start) / options.items
                done = report.copied or report.unchanged
                print(f"{what}: {done:,} of {options.items:,}, {1e3 * each:.3f} ms each")


if __name__ == "__main__":
    main()
