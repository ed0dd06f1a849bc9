"""What an approximate index gains over comparing all vectors, in each engine's own collection.

python benchmarks/scale.py --collection photos.visavis --queries captions.txt

The collection was indexed with --regions: see benchmarks/approximate.py. Its vectors are put into a
new collection, in a folder or with --url in PostgreSQL. Both ways are timed in turns; building is
counted in processor time of this process, as other programs may be running.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import numpy as np

from approximate import queries_of, vectors_of
from visavis.stores import ApproximateStore, Record, create_store
from visavis.types import Condition, Filter, Hits, Item, Vectors

K = 10
FILTERS: dict[str, Filter] = {
    "no filter": (),
    "a filter of 50 %": (Condition("half", "=", 1),),
    "a filter of 1 %": (Condition("hundredth", "=", 7),),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--collection", required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=50, help="number of queries")
    parser.add_argument("--url", help="of an empty PostgreSQL collection")
    options = parser.parse_args()
    vectors = vectors_of(options.collection, options.items)
    queries = queries_of(options.queries, options.runs)
    with tempfile.TemporaryDirectory() as folder:
        store = create_store(options.url or f"{folder}/collection", "bench@1", vectors.shape[1])
        assert isinstance(store, ApproximateStore)
        store.least = 0
        print(
            f"{type(store).__name__}, {len(vectors):,} × {vectors.shape[1]}, {os.cpu_count()} cores"
        )
        measure(store, vectors, queries)
        store.close()


def measure(store: ApproximateStore, vectors: Vectors, queries: Vectors) -> None:
    extra = len(vectors) // 100
    show("adding", len(vectors) - extra, once(lambda: add(store, vectors, extra, len(vectors))))
    show("building the index", len(vectors), once(lambda: store.build_index("image")))
    show(f"adding {extra:,} more", extra, once(lambda: add(store, vectors, 0, extra)))
    print(store.index_state("image"))
    for name, where in FILTERS.items():
        near, exact = in_turns(store, queries, where)
        recall = np.mean([share(a, b) for a, b in zip(near.hits, exact.hits, strict=True)])
        left = np.mean([hits.exact for hits in near.hits])
        times = f"{median(near.times):8.1f} ms, all {median(exact.times):8.1f} ms"
        print(f"{name:20} recall@10 {recall:.3f}  {times}  {left:.0%} left to all", flush=True)


class Answers:
    """Hits and milliseconds of each query."""

    def __init__(self) -> None:
        self.hits: list[Hits] = []
        self.times: list[float] = []

    def add(self, search: Callable[[], list[Hits]]) -> None:
        """Search once."""
        start = time.perf_counter()
        (hits,) = search()
        self.times.append(1000 * (time.perf_counter() - start))
        self.hits.append(hits)


def in_turns(store: ApproximateStore, queries: Vectors, where: Filter) -> tuple[Answers, Answers]:
    near, exact = Answers(), Answers()
    for query in queries[:, np.newaxis]:
        near.add(lambda q=query: store.search(q, K, "image", where))
        exact.add(lambda q=query: store.search(q, K, "image", where, exact=True))
    return near, exact


def share(near: Hits, exact: Hits) -> float:
    wanted = {hit.id for hit in exact}
    return len(wanted & {hit.id for hit in near}) / max(1, len(wanted))


def add(store: ApproximateStore, vectors: Vectors, start: int, end: int) -> None:
    for first in range(start, end, 10_000):
        store.upsert(records(vectors, first, min(end, first + 10_000)))


def records(vectors: Vectors, start: int, end: int) -> Iterator[Record]:
    for n in range(start, end):
        about = {"half": n % 2, "hundredth": n % 100}
        yield Record(Item(f"{n:032x}", "image", f"/photos/{n}.jpg", None, about), vectors[n])


def once(run: Callable[[], None]) -> tuple[float, float]:
    start, processor = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - start, time.process_time() - processor


def show(what: str, count: int, spent: tuple[float, float]) -> None:
    seconds, processor = spent
    rate = f"{count / seconds:,.0f} a second"
    print(f"{what:20} {seconds:8.1f} s, {processor:.1f} s of processor, {rate}", flush=True)


if __name__ == "__main__":
    main()
