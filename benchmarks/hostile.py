"""Robustness of a server against hostile requests.

python benchmarks/hostile.py COLLECTION [--requests 10000] [--write]

Starts a server for the collection on this machine and sends it, from several clients at once and
in an order that a seed decides, what is in `hostile_requests.py`: bodies that are too large, cut
off or never end, decompression bombs, damaged images, broken and bottomless JSON, NaN, tricks
with paths, headers and methods, noise, and slow clients; questions that make sense stand between
them. Fails if any answer is a 500 or names the folder of the collection or of this program, if
memory grows by more than a tenth, or if a question is not answered at the end. With --write a copy
of the collection is served, which clients may change.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryDirectory

import visavis
from hostile_requests import KINDS
from serving import ask, phrases, server

CLIENTS = 8
GROWTH = 0.10
LEAK = 999
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
    parser.add_argument("--write", action="store_true", help="serve a copy that may be changed")
    options = parser.parse_args()
    numbers = random.Random(options.seed)
    with served(options.collection, write=options.write) as (folder, process, port):
        # After some requests of each kind, all decoders and buffers are allocated.
        send_all(port, numbers, max(options.requests // 10, 1))
        before = memory(process.pid, "VmRSS")
        start = time.perf_counter()
        folders = folder, Path(visavis.__file__).parent
        private = tuple(str(folder).encode() for folder in folders)
        answers = send_all(port, numbers, options.requests, private)
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
            f"{count:,} x {status or 'no answer'}"
            for status, count in sorted(by_status.items())
            if status != LEAK
        )
    )
    growth = after / before - 1
    print(
        f"{options.requests:,} requests in {lasted:.0f} s, seed {options.seed}; memory {before:.0f} "
        f"to {after:.0f} MB ({growth:+.1%}, at most {most:.0f}); answers questions at the end"
    )
    if by_status[500] or by_status[LEAK] or growth > GROWTH:
        sys.exit(
            f"failed: {by_status[500]} answers of 500, {by_status[LEAK]} with a path; "
            f"memory may grow by {GROWTH:.0%}"
        )


@contextmanager
def served(collection: str, *, write: bool) -> Iterator[tuple[Path, Popen[str], int]]:
    """Run a server; give the folder it serves, its process and port."""
    if not write:
        with server(collection) as (process, port):
            yield Path(collection).absolute(), process, port
        return
    with TemporaryDirectory() as scratch:
        copy = shutil.copytree(collection, Path(scratch, "copy"))
        with server(str(copy), "--write") as (process, port):
            yield copy, process, port


def send_all(
    port: int, numbers: random.Random, count: int, private: tuple[bytes, ...] = ()
) -> Counter[tuple[str, int]]:
    """Send requests from several clients; count them by kind and status (0: no response).

    Answers that name one of the `private` paths are counted as `LEAK` as well.
    """
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
            status, answer = send(
                port, data, slowly=number % SLOW == 0, patience=1 if kind in SILENT else 60
            )
            with lock:
                answers[kind, status] += 1
                if any(path in answer for path in private):
                    answers[kind, LEAK] += 1

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def send(port: int, data: bytes, *, slowly: bool, patience: float) -> tuple[int, bytes]:
    """Send a request, read what comes first and disconnect; return the status, or 0, and that."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        with suppress(OSError):  # closed by the server, which may have responded first
            for piece in pieces(data, 20 if slowly else 1):
                connection.sendall(piece)
                time.sleep(0.05 if slowly else 0)
        connection.settimeout(patience)
        try:
            answer = connection.recv(65536)
        except OSError:
            return 0, b""
        match = re.match(rb"HTTP/1\.1 (\d{3})", answer)
        return int(match[1]) if match else 0, answer


def pieces(data: bytes, count: int) -> Iterator[bytes]:
    size = len(data) // count + 1
    return (data[start : start + size] for start in range(0, len(data), size))


def memory(pid: int, what: str) -> float:
    """Return the memory of a process in megabytes."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(re.search(rf"{what}:\s+(\d+) kB", status)[1]) / 1000


if __name__ == "__main__":
    main()
