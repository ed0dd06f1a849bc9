"""A million vectors in one folder: what its index finds, and what it costs.

python benchmarks/million.py --collection photos.visavis --queries captions.txt --folder scratch

The collection was indexed with --regions by the bundled model: see benchmarks/approximate.py. Its
vectors, multiplied by jitter, stand for as many images. What the index finds is compared with
products of all vectors in numpy. A cold search is a process of its own, `visavis search`, with the
files of the collection in memory, or put out of it before; a small collection beside it, of 8,000
images and without an index, shows what of it is due to the size. Other programs may be running:
beside seconds there are seconds of processor time. The folder is kept: run it again to measure
what was built.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

import numpy as np

from approximate import queries_of, vectors_of
from cold_start import QUERY, VISAVIS
from composition_cost import Ready, in_turns
from scale import FILTERS, Answers, K, add, once, show
from serving import ask, phrases, server
from visavis.collection import Collection
from visavis.encoders import Encoder, load_encoder
from visavis.queries import Query, Term
from visavis.stores import ApproximateStore, create_store, open_store
from visavis.types import Hits, Vectors

EXTRA, SMALL = 1000, 8000
ROUNDING = 2e-6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--collection", required=True)
    parser.add_argument("--model", help="that made the collection; by default the bundled one")
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="3 kB a vector")
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=200, help="number of queries")
    options = parser.parse_args()
    encoder = load_encoder(options.model)
    vectors = vectors_of(options.collection, options.items)
    queries = queries_of(options.queries, options.runs, options.model)
    print(f"{len(vectors):,} × {vectors.shape[1]}, {len(queries)} queries, {os.cpu_count()} cores")
    small, large = options.folder / "small", options.folder / "large"
    if not small.exists():
        build_small(small, vectors, encoder)
    if not large.exists():
        build(large, vectors, encoder)
    for folder in (small, large):  # before this process maps files, which keeps them in memory
        cold(folder, options.model, evicted=False)
        cold(folder, options.model, evicted=True)
    read(large)
    store = open_store(str(large))
    assert isinstance(store, ApproximateStore)
    store.least = 0
    show("moments, once", 1, once(lambda: store.moments("image")))
    for name, where in FILTERS.items():
        measure(store, vectors, queries, name, where)
    compare_terms(store, queries, encoder)
    sizes(large)
    add_and_remove(store, vectors)
    store.close()
    serve(large, options.model, len(vectors) * vectors.shape[1])
    serve_without_index(large, options.model, len(vectors) * vectors.shape[1])
    print(f"most memory of this process {peak():.1f} GB")


def build_small(folder: Path, vectors: Vectors, encoder: Encoder) -> None:
    store = create_store(str(folder), encoder.id, vectors.shape[1])
    add(store, vectors, 0, SMALL)
    store.search(vectors[:1], K, "image")
    store.close()


def build(folder: Path, vectors: Vectors, encoder: Encoder) -> None:
    """Fill a collection and build its index."""
    store = create_store(str(folder), encoder.id, vectors.shape[1])
    show("adding", len(vectors), once(lambda: add(store, vectors, 0, len(vectors))))
    show("building the index", len(vectors), once(lambda: store.build_index("image")))
    store.close()


def add_and_remove(store: ApproximateStore, vectors: Vectors) -> None:
    """Add some vectors to those the index knows, search, and remove them again."""
    rng = np.random.default_rng(1)
    more = vectors[:EXTRA] + 0.02 * rng.standard_normal((EXTRA, vectors.shape[1]), np.float32)
    more /= np.linalg.norm(more, axis=1, keepdims=True)
    start, end = len(vectors), len(vectors) + EXTRA
    both = np.concatenate([vectors, more])
    show(f"adding {EXTRA:,} more", EXTRA, once(lambda: add(store, both, start, end)))
    show("the next search", 1, once(lambda: store.search(more[:1], K, "image")))
    name, where = list(FILTERS.items())[-1]
    show(f"{name}, first", 1, once(lambda: store.search(more[:1], K, "image", where)))
    hits = store.search(more, 1, "image")
    print(
        f"{np.mean([int(first.id, 16) >= start for (first,) in hits]):.0%} of them are found first"
    )
    names = [f"{number:032x}" for number in range(start, end)]
    show(f"removing {EXTRA:,}", EXTRA, once(lambda: store.delete(names)))
    show("the next search", 1, once(lambda: store.search(more[:1], K, "image")))


def measure(
    store: ApproximateStore, vectors: Vectors, queries: Vectors, name: str, where: object
) -> None:
    """Print the recall of the index, and the median time of a search."""
    show(f"{name}, first", 1, once(lambda: store.search(queries[:1], K, "image", where)))
    found = Answers()
    for query in queries[:, np.newaxis]:
        found.add(lambda q=query: store.search(q, K, "image", where))
    rows = rows_that_meet(name, len(vectors))
    least = least_of_best(queries, vectors if len(rows) == len(vectors) else vectors[rows])
    shares = [share_of_equal(hits, score) for hits, score in zip(found.hits, least, strict=True)]
    left = np.mean([hits.exact for hits in found.hits])
    p50, p95 = np.quantile(found.times, [0.5, 0.95])
    times = f"{p50:.2f} ms (p95 {p95:.2f})"
    print(f"{name:20} recall@10 {np.mean(shares):.3f}  {times}  {left:.0%} left to all", flush=True)


def rows_that_meet(name: str, count: int) -> np.ndarray:
    """Return the rows that meet one of the filters, as benchmarks/scale.py made them."""
    if "50" in name:
        return np.arange(1, count, 2)
    return np.arange(7, count, 100) if "1 %" in name else np.arange(count)


def least_of_best(queries: Vectors, vectors: Vectors) -> np.ndarray:
    """Return the score of the last of the best of all vectors for each query."""
    return np.array([np.partition(vectors @ query, -K)[-K] for query in queries])


def nearest(queries: Vectors, vectors: Vectors) -> np.ndarray:
    """Return the rows of the best of all vectors for each query."""
    best = np.empty((len(queries), K), np.int64)
    for number, query in enumerate(queries):
        scores = vectors @ query
        best[number] = np.argpartition(-scores, K)[:K]
    return best


def share(hits: Hits, wanted: np.ndarray) -> float:
    return len({int(hit.id, 16) for hit in hits} & set(wanted.tolist())) / K


def share_of_equal(hits: Hits, least: float) -> float:
    """Return which share is among the best; of equal ones, any is."""
    return sum(hit.score >= least - ROUNDING for hit in hits) / K


def compare_terms(store: ApproximateStore, queries: Vectors, encoder: Encoder) -> None:
    """Time queries of one and of three terms in turns, without and with encoding them."""
    ready = Ready(queries)
    ready.id = store.model_id
    words = phrases()
    for name, model, terms in (
        ("vectors at hand", ready, [str(number) for number in range(len(queries))]),
        ("texts to encode", encoder, [next(words) for _ in range(len(queries))]),
    ):
        collection = Collection(store, model)
        for _ in range(2):  # the first time, either reads what is not in memory yet
            ways = [searches(collection, terms, count) for count in (1, 3)]
            one, three = in_turns(ways, len(terms) - 3)
        print(f"{name}: 1 term {one:.2f} ms, 3 terms {three:.2f} ms, ratio {three / one:.2f}")


def searches(collection: Collection, terms: list[str], count: int) -> Callable[[], Hits]:
    """Return a function that searches with the next `count` terms each time."""
    queries = iter(
        [
            Query(tuple(Term(1.0, "text", text) for text in terms[n : n + count]))
            for n in range(len(terms) - count)
        ]
    )
    return lambda: collection.search(next(queries))


def sizes(folder: Path) -> None:
    for file in sorted(folder.rglob("*.*")):
        print(f"{file.relative_to(folder)!s:28} {file.stat().st_size / 1e6:10,.1f} MB")


def cold(folder: Path, model: str | None, *, evicted: bool, runs: int = 5) -> None:
    """Print the median of several commands that search once."""
    command = [VISAVIS, "search", QUERY, "--json", "--collection", str(folder)]
    command += ["--model", model] if model else []
    times, processor = [], []
    for run in range(runs + 1):
        if evicted:
            evict(folder)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        if run:  # the first may compile files of Python
            times.append(time.perf_counter() - start)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    where = "on disk" if evicted else "in memory"
    print(
        f"cold search, {folder.name}, files {where}: {median(times):.3f} s, "
        f"{median(processor):.3f} s of processor",
        flush=True,
    )


def evict(folder: Path) -> None:
    """Put the files of a folder out of the memory of the operating system."""
    for file in folder.rglob("*.*"):
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def read(folder: Path) -> None:
    """Have the files of a folder in the memory of the operating system."""
    for file in folder.rglob("*.*"):
        with file.open("rb") as opened:
            while opened.read(1 << 24):
                pass


def serve(folder: Path, model: str | None, numbers: int, count: int = 300) -> None:
    """Print the memory of a server after some searches, next to that of all vectors."""
    words = phrases()
    with server(str(folder), *(["--model", model] if model else [])) as (process, port):
        connection = HTTPConnection("127.0.0.1", port)
        for _ in range(count):
            ask(connection, next(words))
        status = Path(f"/proc/{process.pid}/status").read_text("ascii")
        lines = dict(line.split(":", 1) for line in status.splitlines())
        whole, own = (int(lines[key].split()[0]) * 1024 for key in ("VmHWM", "RssAnon"))
    print(
        f"serve, after {count} searches: {whole / 1e6:.0f} MB at most, of which {own / 1e6:.0f} MB "
        f"are not mapped files; {whole / numbers / 4:.2f} x the vectors",
        flush=True,
    )


def serve_without_index(folder: Path, model: str | None, numbers: int) -> None:
    """Print the memory of a server that compares all vectors."""
    index = folder / "cache" / "image.cells"
    index.rename(folder / "aside")
    try:
        print("without the index, ", end="")
        serve(folder, model, numbers, count=20)
    finally:
        (folder / "aside").rename(index)
        (folder / "cache" / "image.vectors").unlink(missing_ok=True)


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main()
