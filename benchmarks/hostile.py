"""Robustness of a server against hostile requests.

python benchmarks/hostile.py COLLECTION [--requests 10000]

Starts a server for the collection on this machine and sends it, from several clients at once and
in an order that a seed decides, what is in `hostile_requests.py`: bodies that are too large, cut
off or never end, decompression bombs, damaged images, broken and bottomless JSON, NaN, tricks
with paths, headers and methods, noise, and slow clients; questions that make sense stand between
them. Fails if any answer is a 500, if memory grows by more than a tenth, or if a question is not
answered at the end.
"""

from __future__ import annotations

import argparse
import random
import re
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path

from hostile_requests import KINDS
from serving import ask, phrases, server

CLIENTS = 8
GROWTH = 0.10
SLOW = 50
"""One request in this many is sent in small pieces."""
SILENT = {
    "cut_off",
    "false_length",
    "nothing",
    "noise",
    "smuggled",
    "odd_headers",
    "bottomless_json",
}
"""Kinds that may leave the server waiting for more data."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("collection", help="folder of a collection")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    numbers = random.Random(options.seed)
    with server(options.collection) as (process, port):
        # After some requests of each kind, all decoders and buffers are allocated.
        send_all(port, numbers, max(options.requests // 10, 1))
        before = memory(process.pid, "VmRSS")
        start = time.perf_counter()
        answers = send_all(port, numbers, options.requests)
        lasted = time.perf_counter() - start
        connection = HTTPConnection("127.0.0.1", port)
        for _, words in zip(range(20), phrases(), strict=False):
            ask(connection, words)
        connection.close()
        after, most = memory(process.pid, "VmRSS"), memory(process.pid, "VmHWM")
    for (kind, status), count in sorted(answers.items()):
        print(f"  {kind:<22} {status or 'none':>5} {count:6}")
    by_status = Counter({status: 0 for _, status in answers})
    for (_, status), count in answers.items():
        by_status[status] += count
    print(
        ", ".join(
            f"{count:,} x {status or 'no answer'}" for status, count in sorted(by_status.items())
        )
    )
    growth = after / before - 1
    print(
        f"{options.requests:,} requests in {lasted:.0f} s, seed {options.seed}; memory {before:.0f} "
        f"to {after:.0f} MB ({growth:+.1%}, at most {most:.0f}); answers questions at the end"
    )
    if by_status[500] or growth > GROWTH:
        sys.exit(f"failed: {by_status[500]} answers of 500; memory may grow by {GROWTH:.0%}")


def send_all(port: int, numbers: random.Random, count: int) -> Counter[tuple[str, int]]:
    """Send requests from several clients; count them by kind and status (0: no response)."""
    lock, answers = threading.Lock(), Counter[tuple[str, int]]()
    left = iter(range(count))

    def client() -> None:
        while True:
            with lock:
                number = next(left, None)
                if number is None:
                    return
                kind = numbers.choice(list(KINDS))
                data = KINDS[kind](numbers)
            status = send(
                port, data, slowly=number % SLOW == 0, patience=1 if kind in SILENT else 60
            )
            with lock:
                answers[kind, status] += 1

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def send(port: int, data: bytes, *, slowly: bool, patience: float) -> int:
    """Send a request, read the status line and disconnect; return the status, or 0."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        with suppress(OSError):  # closed by the server, which may have responded first
            for piece in pieces(data, 20 if slowly else 1):
                connection.sendall(piece)
                time.sleep(0.05 if slowly else 0)
        connection.settimeout(patience)
        try:
            match = re.match(rb"HTTP/1\.1 (\d{3})", connection.recv(65536))
        except OSError:
            return 0
        return int(match[1]) if match else 0


def pieces(data: bytes, count: int) -> Iterator[bytes]:
    size = len(data) // count + 1
    return (data[start : start + size] for start in range(0, len(data), size))


def memory(pid: int, what: str) -> float:
    """Return the memory of a process in megabytes."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(re.search(rf"{what}:\s+(\d+) kB", status)[1]) / 1000


if __name__ == "__main__":
    main()
