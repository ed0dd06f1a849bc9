"""faiss alone, and a collection of visavis, over the same vectors.

python benchmarks/peers/compare_faiss.py --collection photos.visavis --queries captions.txt

faiss gives row numbers for vectors that are in memory. visavis gives sources and metadata from a
folder, each query in a transaction. Both search alone and in one thread, all vectors and by an
index, in turns. Recall@10 is that of the exact ten best. The vectors are those of
benchmarks/million.py.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from environment import BENCHMARKS, python_of

from visavis.stores import ApproximateStore, create_store
from visavis.types import Vectors

sys.path.insert(0, str(BENCHMARKS))
from approximate import queries_of, vectors_of
from scale import add, once

Answers = dict[str, list[tuple[float, set[int]]]]

K = 10
FAISS = """import sys, time
import faiss, numpy as np
vectors, queries = np.load(sys.argv[1]), np.load(sys.argv[2])
faiss.omp_set_num_threads(1)
exact = faiss.IndexFlatIP(vectors.shape[1])
exact.add(vectors)
graph = faiss.index_factory(vectors.shape[1], "HNSW16_SQ8", faiss.METRIC_INNER_PRODUCT)
start = time.process_time()
faiss.omp_set_num_threads(2)
graph.train(vectors[:50_000])
graph.add(vectors)
faiss.omp_set_num_threads(1)
graph.hnsw.efSearch = 300
print(time.process_time() - start, flush=True)
for line in sys.stdin:
    row = queries[int(line)][np.newaxis]
    answers = []
    for index in (exact, graph):
        start = time.perf_counter()
        found = index.search(row, 10)[1][0]
        answers += [1000 * (time.perf_counter() - start), *found.tolist()]
    print(*answers, flush=True)"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--collection", required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=100, help="number of queries")
    options = parser.parse_args()
    vectors = vectors_of(options.collection, options.items)
    queries = queries_of(options.queries, options.runs)
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in (("vectors", vectors), ("queries", queries)):
            np.save(Path(folder, f"{name}.npy"), rows)
        store = create_store(f"{folder}/collection", "bench@1", vectors.shape[1])
        assert isinstance(store, ApproximateStore)
        store.least = 0
        add(store, vectors, 0, len(vectors))
        _, built = once(lambda: store.build_index("image"))
        store.search(queries[:1], K, "image", exact=True)
        files = [f"{folder}/vectors.npy", f"{folder}/queries.npy"]
        with subprocess.Popen(
            [python_of("faiss"), "-c", FAISS, *files],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as other:
            theirs = float(other.stdout.readline())
            print(f"{len(vectors):,} × {vectors.shape[1]}, {len(queries)} queries, medians")
            print(f"building the index: faiss {theirs:.1f} s of processor, visavis {built:.1f}")
            report(in_turns(store, queries, other))
            other.stdin.close()


def in_turns(store: ApproximateStore, queries: Vectors, other: subprocess.Popen[str]) -> Answers:
    """Return milliseconds and ids of each way, for each query."""
    rows: Answers = {
        name: [] for name in ("faiss, all", "faiss, index", "visavis, all", "visavis, index")
    }
    for number in range(len(queries)):
        other.stdin.write(f"{number}\n")
        other.stdin.flush()
        numbers = [float(each) for each in other.stdout.readline().split()]
        rows["faiss, all"].append((numbers[0], {int(each) for each in numbers[1 : 1 + K]}))
        rows["faiss, index"].append((numbers[1 + K], {int(each) for each in numbers[2 + K :]}))
        query = queries[number : number + 1]
        for name, exact in (("visavis, all", True), ("visavis, index", False)):
            found = []
            seconds, _ = once(
                lambda q=query, e=exact, f=found: f.extend(store.search(q, K, "image", exact=e))
            )
            rows[name].append((1000 * seconds, {int(hit.id, 16) for hit in found[0]}))
    return rows


def report(rows: Answers) -> None:
    """Print median times, recall, and how many times as long as faiss visavis takes."""
    best = [ids for _, ids in rows["faiss, all"]]
    for name, answers in rows.items():
        milliseconds = np.median([spent for spent, _ in answers])
        recall = np.mean([len(ids & b) / K for (_, ids), b in zip(answers, best, strict=True)])
        base = np.median([spent for spent, _ in rows[f"faiss, {name.rpartition(' ')[2]}"]])
        print(
            f"  {name:<16} recall@10 {recall:.3f} {milliseconds:8.2f} ms "
            f"{milliseconds / base:5.2f} x faiss"
        )


if __name__ == "__main__":
    main()
