"""Approximate indexes side by side, on the vectors of a real collection.

python benchmarks/approximate.py --collection photos.visavis --queries captions.txt

The collection was indexed with --regions: vectors of its regions and full images stand for as
many images. Queries are the lines of a text file, encoded by the bundled model. Each engine
proposes candidates, which are scored by their own vectors. A cold search is a process that
imports the engine, opens its file and searches once. Building and cold searches are counted in
processor time, as other programs may be running. Needs usearch and faiss-cpu.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from visavis.types import Vectors

K, CANDIDATES = 10, 100
BLOCK = 100_000
COLD = """import sys, time
start = time.process_time()
import numpy as np
sys.path.insert(0, {here!r})
import approximate
engine = approximate.ENGINES[{name!r}]
engine(np.load({vectors!r}, mmap_mode="r")).open({file!r})(np.load({queries!r})[0])
print(1000 * (time.process_time() - start))"""


class Exact:
    """All vectors, in memory that is mapped from a file."""

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors

    def build(self, file: str) -> None:
        """Write the index of all vectors."""
        with Path(file).open("wb") as opened:
            np.save(opened, self.vectors)

    def open(self, file: str) -> Callable[[Vectors], np.ndarray]:
        """Return a function that finds the indices of the best, best first."""
        vectors = np.load(file, mmap_mode="r")

        def search(query: Vectors) -> np.ndarray:
            scores = vectors @ query
            best = np.argpartition(-scores, K)[:K]
            return best[np.argsort(-scores[best])]

        return search

    def rescored(self, query: Vectors, candidates: np.ndarray) -> np.ndarray:
        """Order candidates by their own vectors."""
        candidates = candidates[candidates >= 0]
        return candidates[np.argsort(-(self.vectors[candidates] @ query))[:K]]


class InCells(Exact):
    """Vectors of 8 bits in cells, as collections in folders have them, mapped."""

    def build(self, file: str) -> None:
        """Divide a sample into cells, and write all vectors into theirs."""
        from visavis.stores.cells import gather
        from visavis.stores.changes import Position
        from visavis.stores.partition import SAMPLE, Partition, cells_for

        count = cells_for(len(self.vectors))
        sample = self.vectors[:: max(1, len(self.vectors) // (SAMPLE * count))]
        batch = np.arange(len(self.vectors)), self.vectors
        gather(Partition.of(sample, count), Position(0, 0), [batch]).save(Path(file))

    def open(self, file: str) -> Callable[[Vectors], np.ndarray]:
        """Map the cells."""
        from visavis.stores.cells import load_cells

        cells = load_cells(Path(file), self.vectors.shape[1])
        assert cells is not None
        return lambda query: self.rescored(query, cells.candidates(query, CANDIDATES))


class USearch(Exact):
    """HNSW of int8 vectors in usearch, mapped."""

    def build(self, file: str) -> None:
        """Write the graph."""
        from usearch.index import Index

        index = Index(ndim=self.vectors.shape[1], metric="ip", dtype="i8")
        index.add(np.arange(len(self.vectors)), self.vectors)
        index.save(file)

    def open(self, file: str) -> Callable[[Vectors], np.ndarray]:
        """Map the graph."""
        from usearch.index import Index

        index = Index.restore(file, view=True)
        index.expansion_search = 2 * CANDIDATES
        return lambda query: self.rescored(
            query, index.search(query, CANDIDATES).keys.astype(np.int64)
        )


class Faiss(Exact):
    """An index of faiss, by the description that its factory takes."""

    description = ""

    def build(self, file: str) -> None:
        """Train on a sample and write the index."""
        import faiss

        index = faiss.index_factory(
            self.vectors.shape[1], self.description, faiss.METRIC_INNER_PRODUCT
        )
        index.train(self.vectors[:: max(1, len(self.vectors) // 50_000)])
        index.add(self.vectors)
        faiss.write_index(index, file)

    def open(self, file: str) -> Callable[[Vectors], np.ndarray]:
        """Map the index."""
        import faiss

        index = faiss.read_index(file, faiss.IO_FLAG_MMAP)
        self.set_up(index)
        return lambda query: self.rescored(query, index.search(query[np.newaxis], CANDIDATES)[1][0])

    def set_up(self, index: Any) -> None:
        """Say how much to look at."""


class FaissFlat(Faiss):
    """All vectors in 8 bits."""

    description = "SQ8"


class FaissHNSW(Faiss):
    """A graph of vectors in 8 bits."""

    description = "HNSW16_SQ8"

    def set_up(self, index: Any) -> None:
        """Look at twice as many as are asked for, as in usearch."""
        index.hnsw.efSearch = 2 * CANDIDATES


class FaissIVF(Faiss):
    """Lists of vectors in 8 bits."""

    description = "IVF1024,SQ8"

    def set_up(self, index: Any) -> None:
        """Look into 32 of 1,024 lists."""
        index.nprobe = 32


ENGINES = {
    "exact, float32 (numpy)": Exact,
    "visavis, cells, int8": InCells,
    "usearch HNSW int8": USearch,
    "faiss all, int8": FaissFlat,
    "faiss HNSW int8": FaissHNSW,
    "faiss IVF int8": FaissIVF,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--collection", required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--items", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=200, help="number of queries")
    options = parser.parse_args()
    vectors = vectors_of(options.collection, options.items)
    queries = queries_of(options.queries, options.runs)
    print(f"{len(vectors):,} × {vectors.shape[1]}, {len(queries)} queries, {os.cpu_count()} cores")
    print(f"{'':24} recall@10  warm ms  cold ms  build s     MB")
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder, "vectors.npy"), vectors)
        np.save(Path(folder, "queries.npy"), queries)
        exact = None
        for number, name in enumerate(ENGINES):
            file = Path(folder, f"{number}.index")
            found = measure(name, vectors, queries, file, exact)
            exact = found if exact is None else exact


def measure(
    name: str, vectors: Vectors, queries: Vectors, file: Path, exact: list[np.ndarray] | None
) -> list[np.ndarray]:
    start = time.process_time()
    engine = ENGINES[name](vectors)
    engine.build(str(file))
    built = time.process_time() - start
    search = engine.open(str(file))
    search(queries[0])
    found, times = [], []
    for query in queries:
        start = time.perf_counter()
        found.append(search(query))
        times.append(time.perf_counter() - start)
    exact = found if exact is None else exact
    recall = np.mean([np.isin(a, b).mean() for a, b in zip(exact, found, strict=True)])
    size = file.stat().st_size / 1e6
    warm, cold = 1000 * median(times), median(cold_search(name, file) for _ in range(3))
    print(f"{name:24} {recall:9.3f} {warm:8.2f} {cold:8.0f} {built:8.1f} {size:6.0f}", flush=True)
    return found


def cold_search(name: str, file: Path) -> float:
    code = COLD.format(
        here=str(Path(__file__).parent),
        name=name,
        vectors=str(file.with_name("vectors.npy")),
        queries=str(file.with_name("queries.npy")),
        file=str(file),
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout)


def vectors_of(collection: str, items: int) -> Vectors:
    """Return vectors of regions and full images in random order, jittered where there are more."""
    from visavis.stores import open_store

    store = open_store(collection)
    with store._database.reading() as database:  # noqa: SLF001 - there is no other way to regions
        rows = store._derived.matrix(database, "image", regions=True).vectors  # noqa: SLF001
    rng = np.random.default_rng(0)
    vectors = rows[rng.permutation(np.resize(np.arange(len(rows)), items))]
    for start in range(len(rows), items, BLOCK):  # in blocks: a million take 1 GB as it is
        block = vectors[start : start + BLOCK]
        block += 0.02 * rng.standard_normal(block.shape, np.float32)
    for start in range(0, items, BLOCK):
        block = vectors[start : start + BLOCK]
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    return vectors


def queries_of(file: Path, count: int, model: str | None = None) -> Vectors:
    from visavis.encoders import load_encoder

    lines = file.read_text("utf-8").splitlines()
    texts = [line.rpartition("\t")[2] for line in lines[:: max(1, len(lines) // count)]]
    return load_encoder(model).encode_texts(texts[:count])


if __name__ == "__main__":
    main()
