"""What `--where` on three keys adds to a search of 500,000 photographs, in SQLite.

python benchmarks/filters.py [--items 500000] [--dim 256]
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from statistics import median

import numpy as np

from visavis.queries import parse_filter
from visavis.stores import Record, SQLiteStore
from visavis.types import Filter, Item, Near, Vectors

GOAL_MS = 30
CAMERAS = ["Canon EOS 80D", "Apple iPhone 13", "Google Pixel 7", "NIKON D750", "SONY ILCE-7"]
FIRST = datetime(2005, 1, 1)  # noqa: DTZ001 - cameras write local time
FILTERS: dict[str, Filter] = {
    "taken>=2023-06 camera~canon rating>=4": parse_filter(
        ["taken>=2023-06", "camera~canon", "rating>=4"]
    ),
    "taken>=2006 camera!=x rating>=0 (nearly all)": parse_filter(
        ["taken>=2006", "camera!=x", "rating>=0"]
    ),
    "taken>=2015 place~town1 near 45,4,300km": (
        *parse_filter(["taken>=2015", "place~town1"]),
        Near(45, 4, 300),
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=500_000)
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("-n", type=int, default=21, help="searches of each (default: 21)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = SQLiteStore.create(folder, "random@1", options.dim)
        store.upsert(photographs(options.items, options.dim))
        measure(store, options.n)
        store.close()


def photographs(items: int, dim: int) -> Iterator[Record]:
    chance, rng = random.Random(0), np.random.default_rng(0)
    for number in range(items):
        vector = rng.normal(size=dim).astype(np.float32)
        taken = FIRST + timedelta(seconds=chance.randrange(680_000_000))
        metadata = {
            "name": f"IMG_{number}.jpg",
            "folder": f"/photos/{number % 500}",
            "width": 4032,
            "height": 3024,
            "bytes": chance.randrange(1_000_000, 9_000_000),
            "modified": taken.isoformat(),
            "taken": taken.isoformat(),
            "camera": chance.choice(CAMERAS),
            "place": f"Town{int(chance.expovariate(0.01))}",
            "country": "France",
            "latitude": round(chance.uniform(42, 51), 6),
            "longitude": round(chance.uniform(-4, 8), 6),
            "rating": chance.randrange(6),
        }
        source = f"{metadata['folder']}/{metadata['name']}"
        item = Item(f"{number:032x}", "image", source, None, metadata)
        yield Record(item, vector / np.linalg.norm(vector))


def measure(store: SQLiteStore, count: int) -> None:
    rng = np.random.default_rng(1)
    queries = rng.normal(size=(count, store.dim)).astype(np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    seconds(lambda: store.search(queries[:1], 24, "image"))
    print(f"{store.count():,} images, {store.dim} dimensions, 24 hits; medians of {count} searches")
    for name, where in FILTERS.items():
        first = seconds(lambda where=where: store.search(queries[:1], 24, "image", where))
        # They alternate, so that other load on the machine affects both alike.
        pairs = [timed(store, query, where) for query in queries]
        print(f"{name}: {store.count('image', where):,} images meet it")
        for clock, number in (("time", 0), ("processor time", 1)):
            plain, filtered = (
                1000 * median(t[number] for t in each) for each in zip(*pairs, strict=True)
            )
            added = 1000 * median(there[number] - without[number] for without, there in pairs)
            print(
                f"  {clock:<15} {plain:7.1f} ms without, {filtered:7.1f} ms with, added {added:+.1f} ms"
            )
        print(
            f"  the first search after a change: {first[0]:.2f} s, {first[1]:.2f} s of processor time"
        )
    print(f"goal: under {GOAL_MS} ms added")


def timed(store: SQLiteStore, query: Vectors, where: Filter) -> list[tuple[float, float]]:
    one = query[np.newaxis]
    return [seconds(lambda w=w: store.search(one, 24, "image", w)) for w in ((), where)]


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return how long some work takes, and the time of all processors for it."""
    start, processors = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - processors


if __name__ == "__main__":
    main()
