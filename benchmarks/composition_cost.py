"""What a query of several terms costs beside one of a single term, on made-up vectors.

python benchmarks/composition_cost.py

Both are searches of a store, in turns within one run. The first composed query after a change also
computes the moments of the collection; that is timed by itself.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from statistics import median

import numpy as np
from numpy.typing import NDArray

from visavis.collection import Collection
from visavis.encoders import Encoder
from visavis.queries import FUSIONS, Query, Term
from visavis.stores import Record, create_store
from visavis.types import Item, Vectors

DIM = 256
RUNS = 21


class Ready(Encoder):
    """An encoder whose texts are numbers of ready vectors."""

    id, dim, languages, image_size = "ready@1", DIM, ("en",), 8

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors

    def _encode_texts(self, texts: list[str]) -> Vectors:
        return self.vectors[[int(text) for text in texts]]

    def _encode_images(self, pixels: NDArray[np.uint8]) -> Vectors:
        raise NotImplementedError


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, nargs="+", default=[20_000, 200_000])
    parser.add_argument("--terms", type=int, default=3)
    options = parser.parse_args()
    print(f"{DIM} dimensions, {os.cpu_count()} cores; median of {RUNS} runs in milliseconds")
    for items in options.items:
        with tempfile.TemporaryDirectory() as folder, filled(folder, items) as collection:
            measure(collection, items, options.terms)


def filled(folder: str, items: int) -> Collection:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((items, DIM), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    store = create_store(folder, Ready.id, DIM)
    store.upsert(
        Record(Item(f"{n:032x}", "image", f"{n}.jpg"), row) for n, row in enumerate(vectors)
    )
    return Collection(store, Ready(vectors))


def measure(collection: Collection, items: int, terms: int) -> None:
    one = Query((Term(1.0, "text", "0"),))
    several = Query(tuple(Term(1.0, "text", str(n)) for n in range(terms)))
    print(f"{items:,} items")
    print(f"  the first search          {once(lambda: collection.search(one)):8.1f}")
    print(f"  moments, once             {once(lambda: collection.store.moments('image')):8.1f}")
    searches = {"one term, cosine": lambda: collection.search(one)}
    for name in FUSIONS.names():
        searches[f"{terms} terms, {name}"] = lambda f=name: collection.search(several, fusion=f)
    base, *_ = spent = in_turns(list(searches.values()))
    for name, milliseconds in zip(searches, spent, strict=True):
        print(f"  {name:<24}  {milliseconds:8.1f}  {milliseconds / base:5.2f} x")


def in_turns(runs: list[Callable[[], object]], count: int = RUNS) -> list[float]:
    times = [[once(run) for run in runs] for _ in range(count)]
    return [median(column) for column in zip(*times, strict=True)]


def once(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main()
