"""A million vectors in one folder: what its index finds, and what it costs.

python benchmarks/million.py --collection photos.visavis --queries captions.txt --folder scratch

The collection was indexed with --regions: see benchmarks/approximate.py. Its vectors, multiplied by
jitter, stand for as many images. What the index finds is compared with products of all vectors in
numpy. A cold search is a process of its own that opens the collection and searches once; a small
collection beside it, of 8,000 images and without an index, shows what of it is due to the size.
Other programs may be running: beside seconds there are seconds of processor time.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

import numpy as np

from approximate import queries_of, vectors_of
from scale import FILTERS, Answers, K, add, once, show
from visavis.stores import VectorStore, create_store, open_store
from visavis.types import Hits, Vectors

EXTRA, SMALL = 1000, 8000
COLD = """import resource, sys, time
start, processor = time.perf_counter(), time.process_time()
import numpy as np
from visavis.stores import open_store
store = open_store(sys.argv[1])
(hits,) = store.search(np.load(sys.argv[2])[:1], 10, "image")
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(time.perf_counter() - start, time.process_time() - processor, memory / 1000, hits.exact)"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--collection", required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--model", help="of the collection [default: the bundled one]")
    parser.add_argument("--folder", type=Path, required=True, help="empty; 3 kB a vector")
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=200, help="number of queries")
    options = parser.parse_args()
    vectors = vectors_of(options.collection, options.items)
    queries = queries_of(options.queries, options.runs, options.model)
    np.save(options.folder / "queries.npy", queries)
    print(f"{len(vectors):,} × {vectors.shape[1]}, {len(queries)} queries, {os.cpu_count()} cores")
    small = create_store(str(options.folder / "small"), "bench@1", vectors.shape[1])
    add(small, vectors, 0, SMALL)
    small.search(queries[:1], K, "image")
    store = create_store(str(options.folder / "large"), "bench@1", vectors.shape[1])
    build(store, vectors)
    for name, where in FILTERS.items():
        measure(store, vectors, queries, name, where)
    sizes(options.folder / "large")
    for name in ("small", "large"):
        cold(options.folder, name)


def build(store: VectorStore, vectors: Vectors) -> None:
    """Fill a collection, build its index, and add a few more afterwards."""
    most = len(vectors) - EXTRA
    show("adding", most, once(lambda: add(store, vectors, 0, most)))
    show("building the index", most, once(lambda: store.build_index("image")))
    print(f"most memory so far {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB")
    show(f"adding {EXTRA:,} more", EXTRA, once(lambda: add(store, vectors, most, len(vectors))))
    show("the next search", 1, once(lambda: store.search(vectors[:1], K, "image")))


def measure(
    store: VectorStore, vectors: Vectors, queries: Vectors, name: str, where: object
) -> None:
    """Print the recall of the index, and the median time of a search."""
    found = Answers()
    for query in queries[:, np.newaxis]:
        found.add(lambda q=query: store.search(q, K, "image", where))
    rows = rows_that_meet(name, len(vectors))
    best = rows[nearest(queries, vectors[rows])]
    shares = [share(hits, wanted) for hits, wanted in zip(found.hits, best, strict=True)]
    left = np.mean([hits.exact for hits in found.hits])
    times = f"{median(found.times):8.1f} ms"
    print(f"{name:20} recall@10 {np.mean(shares):.3f}  {times}  {left:.0%} left to all", flush=True)


def rows_that_meet(name: str, count: int) -> np.ndarray:
    """Return the rows that meet one of the filters, as benchmarks/scale.py made them."""
    if "50" in name:
        return np.arange(1, count, 2)
    return np.arange(7, count, 100) if "1 %" in name else np.arange(count)


def nearest(queries: Vectors, vectors: Vectors) -> np.ndarray:
    """Return the rows of the best of all vectors for each query, compared in blocks."""
    best = np.empty((len(queries), K), np.int64)
    for number, query in enumerate(queries):
        scores = vectors @ query
        best[number] = np.argpartition(-scores, K)[:K]
    return best


def share(hits: Hits, wanted: np.ndarray) -> float:
    return len({int(hit.id, 16) for hit in hits} & set(wanted.tolist())) / K


def sizes(folder: Path) -> None:
    for file in sorted(folder.rglob("*.*")):
        print(f"{file.relative_to(folder)!s:28} {file.stat().st_size / 1e6:10,.1f} MB")


def cold(folder: Path, name: str, runs: int = 5) -> None:
    """Print the medians of several processes that each search once."""
    open_store(str(folder / name)).close()
    command = [sys.executable, "-c", COLD, str(folder / name), str(folder / "queries.npy")]
    rows = []
    for _ in range(runs):
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        rows.append([float(each) for each in done.stdout.split()[:3]])
    seconds, processor, memory = np.median(rows, axis=0)
    print(
        f"cold search, {name}: {seconds:.2f} s, {processor:.2f} s of processor, {memory:.0f} MB",
        flush=True,
    )


if __name__ == "__main__":
    main()
