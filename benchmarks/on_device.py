"""What the model costs in a browser, beside Python, in one run: npm run bench in packages/visavis.

python benchmarks/on_device.py [--vectors 100000] [--queries 100] [--images 16] [--photos FOLDER]
    [--other MODEL]
"""

from __future__ import annotations

import argparse
import gzip
import math
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from PIL import Image

from browser import PHONE, chromium, renderers, share_priority
from visavis.collection import Collection
from visavis.encoders import load_encoder
from visavis.encoders.resolve import BUNDLED
from visavis.stores import Record
from visavis.types import Item

PACKAGE = Path(__file__).parents[1] / "packages/visavis"
WASM = "ort-wasm-simd-threaded.wasm"
WORDS = ["a dog", "un vélo rouge", "two children on a beach", "la mer, la nuit", "a man with a hat"]
SCANS = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--images", type=int, default=16)
    parser.add_argument(
        "--photos",
        type=Path,
        help="JPEG files to encode, instead of drawn ones of 1200 x 900 pixels",
    )
    parser.add_argument("--other", type=Path, help="a model folder to compare by images a second")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder)
        place_images(folder, options.images, options.photos)
        if options.other:
            shutil.copytree(options.other, folder / "other")
        load = os.getloadavg()[0]
        columns = {"Python": in_python(folder, options)}
        with served(folder) as address:
            columns["Chromium"] = in_chromium(address, options, slower=1)
            columns["Chromium, CPU 4x slower"] = in_chromium(address, options, slower=4)
        report(columns, options)
        report_bytes(folder)
        print(
            f"load of the machine: {load:.1f} before, {os.getloadavg()[0]:.1f} after, {os.cpu_count()} cores"
        )


def build(folder: Path) -> None:
    """Put the page and the model into a folder."""
    (folder / "index.html").write_text(
        '<!doctype html><script type="module" src="bench.js"></script>'
    )
    command = [
        PACKAGE / "node_modules/.bin/esbuild",
        "test/browser/bench.ts",
        "--bundle",
        "--minify",
    ]
    command += ["--format=esm", f"--outfile={folder}/bench.js", "--log-level=error"]
    command += ["--external:onnxruntime-node", "--external:node:*"]
    subprocess.run(command, cwd=PACKAGE, check=True)
    shutil.copy(PACKAGE / "node_modules/onnxruntime-web/dist" / WASM, folder)
    shutil.copytree(BUNDLED, folder / "model")


def place_images(folder: Path, count: int, photos: Path | None) -> None:
    """Put `count` images into a folder: the first ones of another, or drawn ones."""
    if photos:
        for n, file in enumerate(sorted(photos.glob("*.jpg"))[:count]):
            shutil.copy(file, folder / f"{n}.jpg")
        return
    rng = np.random.default_rng(3)
    for n in range(count):
        small = rng.integers(0, 256, (90, 120, 3), np.uint8)
        Image.fromarray(small).resize((1200, 900)).save(folder / f"{n}.jpg", quality=90)


def in_python(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Measure Python, with as many threads as it takes by itself."""
    start = perf_counter()
    encoder = load_encoder()
    encoder.encode_texts(WORDS[:1])
    first = 1000 * (perf_counter() - start)
    files = [folder / f"{n}.jpg" for n in range(options.images)]
    encoder.encode_images([Image.open(files[0])])
    images = [timed(lambda each=each: encoder.encode_images([Image.open(each)])) for each in files]
    with tempfile.TemporaryDirectory() as home, Collection.create(home) as collection:
        rng = np.random.default_rng(1)
        for at in range(0, options.vectors, 5000):
            vectors = rng.normal(size=(min(5000, options.vectors - at), encoder.dim)).astype(
                np.float32
            )
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            items = [Item(str(at + n), "image", f"{at + n}.jpg") for n in range(len(vectors))]
            collection.store.upsert(map(Record, items, vectors))
        query = vectors[:1]
        collection.store.search(query, 10, "image")
        scans = [timed(lambda: collection.store.search(query, 10, "image")) for _ in range(SCANS)]
        queries = [
            timed(
                lambda text=text: collection.store.search(encoder.encode_texts([text]), 10, "image")
            )
            for text in texts(options.queries)
        ]
    memory = resident(Path("/proc/self"))
    return {
        "first": first,
        "queries": queries,
        "images": images,
        "scans": scans,
        "memory": memory,
    }


def in_chromium(address: str, options: argparse.Namespace, *, slower: int) -> dict[str, Any]:
    """Measure an emulated phone: one thread, no cross-origin isolation."""
    with chromium() as browser:
        page = browser.new_context(**PHONE).new_page()
        page.set_default_timeout(600_000)
        page.goto(address)
        page.wait_for_function("window.bench")
        share_priority()
        throttle = page.context.new_cdp_session(page)
        throttle.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        found = {"first": page.evaluate("bench.first()")}
        page.reload()
        page.wait_for_function("window.bench")
        found["again"] = page.evaluate("bench.first()")
        files = [f"{n}.jpg" for n in range(options.images)]
        folders = ["model", "other"] if options.other else ["model"]
        times = page.evaluate(
            "([files, folders]) => bench.images(files, folders)", [files, folders]
        )
        found["images"], found["other"] = times[0], times[-1]
        throttle.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        page.evaluate("(count) => bench.fill(count)", options.vectors)
        throttle.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        found["scans"] = page.evaluate("(times) => bench.scans(times)", SCANS)
        found["queries"] = page.evaluate("(texts) => bench.queries(texts)", texts(options.queries))
        found["memory"] = renderer_memory()
    return found


def renderer_memory() -> float:
    """Return the megabytes of the largest process that renders a page."""
    return max(map(resident, renderers()))


def resident(folder: Path) -> float:
    """Return the megabytes of a process that lie in memory."""
    return int((folder / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def texts(count: int) -> list[str]:
    """Return queries that are all different."""
    return [f"{WORDS[n % len(WORDS)]} {n}" for n in range(count)]


def timed(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return 1000 * (perf_counter() - start)


def report(columns: dict[str, dict[str, Any]], options: argparse.Namespace) -> None:
    rows: list[tuple[str, Callable[[dict[str, Any]], float]]] = [
        ("from nothing to a first query, ms", lambda it: it["first"]),
        ("the same, when the page is opened again", lambda it: it.get("again", math.nan)),
        (
            f"query of {options.vectors:,} vectors, median ms",
            lambda it: float(np.median(it["queries"])),
        ),
        ("the same, 95th percentile ms", lambda it: float(np.percentile(it["queries"], 95))),
        ("images a second, one at a time", lambda it: 1000 / float(np.median(it["images"]))),
        (
            f"scan of {options.vectors:,} vectors, median ms",
            lambda it: float(np.median(it["scans"])),
        ),
        ("the same, the fastest ms", lambda it: min(it["scans"])),
        ("memory of the process, MB", lambda it: it["memory"]),
    ]
    if options.other:
        rate = "images a second, the other model"
        rows.append((rate, lambda it: 1000 / float(np.median(it.get("other", math.nan)))))
    print(f"{'':44}" + "".join(f"{name:>25}" for name in columns))
    for name, value in rows:
        print(f"{name:44}" + "".join(f"{value(each):25,.1f}" for each in columns.values()))


def report_bytes(folder: Path) -> None:
    """Print what a browser downloads once, as it is and compressed."""
    for name, files in {
        "model": [each for each in (folder / "model").iterdir() if each.suffix != ".md"],
        "WebAssembly": [folder / WASM],
        "scripts": [folder / "bench.js"],
    }.items():
        data = [each.read_bytes() for each in files]
        plain, packed = sum(map(len, data)), sum(len(gzip.compress(each, 6)) for each in data)
        print(f"{name}: {plain / 1e6:,.2f} MB, {packed / 1e6:,.2f} MB compressed")


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()


if __name__ == "__main__":
    main()
