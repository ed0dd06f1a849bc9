"""Latency of a text search over HTTP against in-process, and with 1, 4 and 16 clients.

python benchmarks/serving.py COLLECTION [--seconds 8]

Starts a server for the collection on this machine. Every query is asked once, so that no
answer comes from the server's memory of earlier ones.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import count, product

from visavis.collection import Collection

K = 24
CLIENTS = (1, 4, 16)
SLOWER, KEPT, SPREAD = 3.0, 0.8, 6.0

WHO = (
    "a dog",
    "two men",
    "a girl",
    "three children",
    "a woman",
    "a horse",
    "the team",
    "a cyclist",
)
DOES = ("running", "sitting", "jumping", "waiting", "playing", "standing", "falling", "sleeping")
WHERE = ("on the beach", "in the snow", "in a street", "near a lake", "under a tree", "at night")


@dataclass(frozen=True)
class Load:
    """Seconds of each request, the failed requests, and the seconds of the whole run."""

    seconds: list[float]
    failed: int
    lasted: float

    @property
    def throughput(self) -> float:
        """Requests per second."""
        return len(self.seconds) / self.lasted

    def quantile(self, share: float) -> float:
        """Return a quantile of the seconds."""
        return sorted(self.seconds)[min(int(share * len(self.seconds)), len(self.seconds) - 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("collection", help="folder of a collection")
    parser.add_argument("--seconds", type=float, default=8, help="of each load (default: 8)")
    parser.add_argument("--pairs", type=int, default=400, help="searches each way (default: 400)")
    options = parser.parse_args()
    queries = phrases()
    with (
        Collection.open(options.collection) as collection,
        server(options.collection) as (
            _,
            port,
        ),
    ):
        stats = collection.stats()
        print(
            f"{stats.images:,} images, {stats.texts:,} texts, {stats.model_id}, "
            f"{os.cpu_count()} cores; text to {K} images"
        )
        compare(collection, port, queries, options.pairs)
        loads = {n: load(port, queries, n, options.seconds) for n in CLIENTS}
    best = max(each.throughput for each in loads.values())
    print("clients   requests  failed  a second  of best   p50 ms   p95 ms   p99 ms  p99/p50")
    for clients, each in loads.items():
        p50, p95, p99 = (1000 * each.quantile(share) for share in (0.5, 0.95, 0.99))
        print(
            f"{clients:7} {len(each.seconds):10,} {each.failed:7} {each.throughput:9.1f} "
            f"{each.throughput / best:8.2f} {p50:8.2f} {p95:8.2f} {p99:8.2f} {p99 / p50:8.2f}"
        )
    print(f"goals: none failed, of best >= {KEPT}, p99/p50 <= {SPREAD:g}")


def phrases() -> Iterator[str]:
    """Yield distinct phrases without end."""
    for number in count():
        for words in product(WHO, DOES, WHERE):
            yield " ".join(words) + (f" {number}" if number else "")


@contextmanager
def server(collection: str, *options: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run a server and give its process and port."""
    command = [sys.executable, "-m", "visavis", "serve", "--port", "0", "--collection", collection]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        if not line:  # the server has printed the reason
            sys.exit(1)
        try:
            yield process, int(line.partition("(")[0].rpartition(":")[2])
        finally:
            process.terminate()


def compare(collection: Collection, port: int, queries: Iterator[str], pairs: int) -> None:
    """Alternate searches in this process and over HTTP, so that noise affects both."""
    connection = HTTPConnection("127.0.0.1", port)
    for _ in range(20):
        collection.search(next(queries), K)
        ask(connection, next(queries))
    here, there = [], []
    for _ in range(pairs):
        start = time.perf_counter()
        collection.search(next(queries), K)
        here.append(time.perf_counter() - start)
        start = time.perf_counter()
        ask(connection, next(queries))
        there.append(time.perf_counter() - start)
    connection.close()
    plain, http = Load(here, 0, sum(here)), Load(there, 0, sum(there))
    for name, each in (("in process", plain), ("through HTTP", http)):
        p50, p95 = (1000 * each.quantile(share) for share in (0.5, 0.95))
        print(f"{name:<14} p50 {p50:8.2f} ms   p95 {p95:8.2f} ms   ({pairs} searches)")
    print(f"ratio of p50   {http.quantile(0.5) / plain.quantile(0.5):.2f}  (goal: <= {SLOWER:g})")


def load(port: int, queries: Iterator[str], clients: int, seconds: float) -> Load:
    """Run several clients at once, each sending one query after another."""
    lock, taken, failed = threading.Lock(), [], []
    end = time.perf_counter() + seconds

    def run() -> None:
        connection = HTTPConnection("127.0.0.1", port)
        while (start := time.perf_counter()) < end:
            with lock:
                words = next(queries)
            try:
                ask(connection, words)
                taken.append(time.perf_counter() - start)
            except (OSError, ValueError) as error:
                failed.append(error)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Load(taken, len(failed), time.perf_counter() - start)


def ask(connection: HTTPConnection, words: str) -> None:
    """Search over HTTP; raises ValueError for any other status than 200."""
    body = json.dumps({"terms": [{"text": words}], "k": K})
    connection.request("POST", "/api/v1/search", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = json.loads(response.read())
    if response.status != 200 or len(answer["hits"]) != K:
        raise ValueError(answer)


if __name__ == "__main__":
    main()
