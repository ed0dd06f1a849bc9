"""A server under a mixed load, while other processes index, remove and hold the write lock.

python benchmarks/mixed_load.py COLLECTION [--seconds 60]

A copy of the collection is served. Clients search by words and in regions, upload images, look at
thumbnails, lists and the timeline, and follow changes and events. Meanwhile `visavis index` and
`visavis remove` add and remove images of a folder again and again, and the database is locked for
writing for two seconds in every five. Fails if a request or a command fails, or if a search takes
over a second.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from PIL import Image

from serving import K, phrases, server

SLOWEST_SEARCH = 1.0
HELD, FREE = 2.0, 3.0
"""Seconds for which the write lock is held, and free."""
INDEXED = 24
"""Images that are indexed and removed at a time."""
CLIENTS = ("words", "words", "regions", "upload", "batch", "thumbnail", "timeline", "changes")
SIZES = (128, 192, 256, 512)


@dataclass
class Tally:
    """Seconds of each request by its kind, what failed, and searches while the lock was held."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    during_lock: int = 0
    commands: int = 0
    events: int = 0


class Client:
    """Requests of one kind after the other, over one connection."""

    def __init__(self, port: int, images: Sequence[str], numbers: random.Random) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=120)
        self._images, self._numbers = images, numbers
        self._words = phrases()
        self._since = ""

    def words(self) -> None:
        """Search by words."""
        self._search(text=self._phrase())

    def regions(self) -> None:
        """Search in regions."""
        self._search(regions=True, text=self._phrase())

    def upload(self) -> None:
        """Add an image."""
        self._send("/api/v1/items", *form(picture(self._numbers)), expected=201)

    def batch(self) -> None:
        """Add three images at once."""
        body = form(*(picture(self._numbers) for _ in range(3)))
        answer = json.loads(self._send("/api/v1/items/batch", *body))
        if answer["refused"]:
            raise ValueError(answer)

    def thumbnail(self) -> None:
        """Get a thumbnail."""
        size = self._numbers.choice(SIZES)
        self._send(f"/api/v1/items/{self._numbers.choice(self._images)}/thumbnail?size={size}")

    def timeline(self) -> None:
        """Count by month, or list the newest."""
        self._send(self._numbers.choice(("/api/v1/timeline", "/api/v1/items?order=-added")))

    def changes(self) -> None:
        """Follow what has changed."""
        answer = json.loads(self._send(f"/api/v1/changes?limit=200{self._since}"))
        self._since = f"&since={answer['cursor']}"

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _phrase(self) -> str:
        return f"{next(self._words)} {self._numbers.randrange(10**9)}"

    def _search(self, *, regions: bool = False, **term: str) -> None:
        body = json.dumps({"terms": [term], "k": K, "regions": regions}).encode()
        self._send("/api/v1/search", body, "application/json")

    def _send(self, path: str, body: bytes = b"", kind: str = "", *, expected: int = 200) -> bytes:
        headers = {"Content-Type": kind} if kind else {}
        self._connection.request("POST" if kind else "GET", path, body or None, headers)
        response = self._connection.getresponse()
        content = response.read()
        if response.status != expected:
            raise ValueError(f"{path}: {response.status} {content[:200]!r}")
        return content


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("collection", help="folder of a collection")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        tally = run(Path(options.collection), Path(scratch), options.seconds, options.seed)
    print("request     answered   p50 ms   p95 ms   max ms")
    for kind, seconds in tally.seconds.items():
        ordered = sorted(seconds)
        p50, p95, most = (ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.95, 1))
        print(
            f"{kind:<10} {len(ordered):9,} {1000 * p50:8.1f} {1000 * p95:8.1f} {1000 * most:8.1f}"
        )
    print(
        f"{tally.during_lock:,} searches answered while the write lock was held; "
        f"{tally.commands} runs of index and remove; {tally.events} events"
    )
    searches = tally.seconds.get("words", []) + tally.seconds.get("regions", [])
    for failure in tally.failures[:10]:
        print(failure)
    if tally.failures or max(searches) > SLOWEST_SEARCH:
        sys.exit(f"failed: {len(tally.failures)}; the slowest search took {max(searches):.2f} s")


def run(collection: Path, scratch: Path, seconds: float, seed: int = 1) -> Tally:
    """Serve a copy of a collection below `scratch` under the load for some seconds."""
    copy, tally, stop = scratch / "collection", Tally(), threading.Event()
    shutil.copytree(collection, copy)
    with server(str(copy), "--write") as (_, port):
        listed = ask(port, "/api/v1/items?modality=image&limit=200")["items"]
        kinds = [kind for kind in CLIENTS if kind != "regions" or has_regions(port)]
        for kind in {"words", "regions"}.intersection(kinds):  # the first ones load the vectors
            with closing(Client(port, [], random.Random(seed))) as client:
                getattr(client, kind)()
        with held_lock(copy / "collection.sqlite", stop) as is_held:
            work: list[Callable[[], None]] = [
                lambda: index_and_remove(copy, scratch / "folder", stop, tally),
                lambda: listen(port, stop, tally),
            ]
            for number, kind in enumerate(kinds):
                numbers = random.Random(f"{seed} {number}")
                client = Client(port, [each["id"] for each in listed], numbers)
                work.append(lambda c=client, k=kind: repeat(c, k, stop, tally, is_held))
            threads = [threading.Thread(target=each) for each in work]
            for thread in threads:
                thread.start()
            time.sleep(seconds)
            stop.set()
            for thread in threads:
                thread.join()
    return tally


def repeat(
    client: Client, kind: str, stop: threading.Event, tally: Tally, is_held: threading.Event
) -> None:
    """Send requests of a kind until it is time to stop."""
    seconds = tally.seconds.setdefault(kind, [])
    while not stop.is_set():
        start, held = time.perf_counter(), is_held.is_set()
        try:
            getattr(client, kind)()
        except (OSError, ValueError) as error:
            tally.failures.append(f"{kind}: {error}")
            return
        seconds.append(time.perf_counter() - start)
        if kind == "words":
            tally.during_lock += held and is_held.is_set()
    client.close()


def index_and_remove(collection: Path, folder: Path, stop: threading.Event, tally: Tally) -> None:
    """Index new images in a folder and remove them again, with the command line."""
    numbers = random.Random(7)
    while not stop.is_set():
        folder.mkdir(exist_ok=True)
        for number in range(INDEXED):
            (folder / f"{number}.jpg").write_bytes(picture(numbers))
        for command in ("index", "remove"):
            done = subprocess.run(
                [sys.executable, "-m", "visavis", command, folder, "--collection", collection],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                tally.failures.append(f"{command}: {done.stderr.strip()}")
                return
            tally.commands += 1
            if stop.is_set():
                return


@contextmanager
def held_lock(file: Path, stop: threading.Event) -> Iterator[threading.Event]:
    """Hold the write lock of a database now and then; yields whether it is held."""
    is_held = threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(file, timeout=60, isolation_level=None)) as connection:
            while not stop.wait(FREE):
                connection.execute("BEGIN IMMEDIATE")
                is_held.set()
                stop.wait(HELD)
                is_held.clear()
                connection.execute("ROLLBACK")

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield is_held
    finally:
        stop.set()
        thread.join()


def listen(port: int, stop: threading.Event, tally: Tally) -> None:
    """Count the events of changes and progress."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/api/v1/events")
    response = connection.getresponse()
    while not stop.is_set():
        tally.events += response.readline().startswith(b"event:")
    response.close()
    connection.close()


def ask(port: int, path: str) -> Any:
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("GET", path)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def has_regions(port: int) -> bool:
    return bool(ask(port, "/api/v1/collection")["regions"])


def picture(numbers: random.Random) -> bytes:
    """Return a JPEG of coloured rectangles that no other call returns."""
    image = Image.new("RGB", (320, 240), tuple(numbers.randbytes(3)))
    for _ in range(6):
        left, top = numbers.randrange(280), numbers.randrange(200)
        image.paste(tuple(numbers.randbytes(3)), (left, top, left + 40, top + 40))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG")
    return buffer.getvalue()


def form(*files: bytes) -> tuple[bytes, str]:
    """Return a form with files, and its media type."""
    about = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    parts = [about + data for data in files]
    return b"\r\n".join([*parts, b"--b--\r\n"]), "multipart/form-data; boundary=b"


if __name__ == "__main__":
    main()
