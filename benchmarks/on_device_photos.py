"""Index photographs in Chromium and in Python, and compare what both find.

python benchmarks/on_device_photos.py FLICKR8K [--photos 2000] [--queries 200]

The photographs are those of Flickr8k's dev and test splits; half of the queries are English
captions, half French ones by translators. In the middle the tab is killed; what it kept is counted.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Error, sync_playwright

from browser import CHROMIUM, FLAGS, share_priority
from on_device import PACKAGE, WASM, served
from visavis.collection import Collection
from visavis.encoders import load_encoder
from visavis.encoders.resolve import BUNDLED
from visavis.queries import Query, Term
from visavis.stores import Record
from visavis.types import Item

LIMIT_MS = 1_000_000
ALONE = 100
"""Photographs that Python encodes one at a time, for its speed; all others go in batches."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--queries", type=int, default=200)
    options = parser.parse_args()
    names = photographs(options.data, options.photos)
    queries = captions(options.data, set(names), options.queries)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder, options.data)
        with served(folder) as address:
            found = in_chromium(address, folder / "profile", names, queries)
    expected = in_python(options.data, names, queries)
    same = [len(set(a) & set(b)) / len(b) for a, b in zip(found, expected, strict=True)]
    print(f"ten best of {len(queries)} queries: {np.mean(same):.4f} are those of Python")


def photographs(data: Path, count: int) -> list[str]:
    """Return the names of dev's and test's photographs, in turn."""
    splits = [
        (data / f"text/Flickr_8k.{split}Images.txt").read_text("utf-8").split()
        for split in ("dev", "test")
    ]
    return [name for pair in zip(*splits, strict=True) for name in pair][:count]


def captions(data: Path, names: set[str], count: int) -> list[str]:
    """Return first captions of the photographs, half of them English, half French."""
    english = _captions(data / "text/Flickr8k.token.txt", names)
    french = _captions(data / "text/Flickr8k.fr.human.token.txt", names)
    return english[: count - count // 2] + french[: count // 2]


def _captions(path: Path, names: set[str]) -> list[str]:
    found: dict[str, str] = {}
    for line in path.read_text("utf-8").splitlines():
        place, caption = line.split("\t")
        if (name := place.split("#")[0]) in names:
            found.setdefault(name, caption)
    return list(found.values())


def build(folder: Path, data: Path) -> None:
    (folder / "index.html").write_text(
        '<!doctype html><script type="module" src="photos.js"></script>'
    )
    command = [PACKAGE / "node_modules/.bin/esbuild", "test/browser/photos.ts", "src/worker.ts"]
    command += ["--bundle", "--minify", "--format=esm", "--entry-names=[name]"]
    command += [f"--outdir={folder}", "--external:onnxruntime-node", "--external:node:*"]
    subprocess.run([*command, "--log-level=error"], cwd=PACKAGE, check=True)
    shutil.copy(PACKAGE / "node_modules/onnxruntime-web/dist" / WASM, folder)
    (folder / "model").symlink_to(BUNDLED)
    (folder / "photos").symlink_to((data / "images").resolve())


def in_chromium(
    address: str, profile: Path, names: list[str], queries: list[str]
) -> list[list[str]]:
    """Index in a tab that is killed in the middle and in another one, and search."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            args=FLAGS,
        )
        context.set_default_timeout(LIMIT_MS)
        page = context.new_page()
        page.goto(address)
        page.evaluate("photos.open()")
        share_priority()
        page.evaluate("(names) => void photos.index(names)", names)
        page.wait_for_function("(half) => photos.kept >= half", arg=len(names) // 2)
        known = page.evaluate("photos.kept")
        with contextlib.suppress(Error):
            page.goto("chrome://crash", timeout=10_000)
        page = context.new_page()
        page.goto(address)
        while isinstance(there := page.evaluate("photos.open()"), str):
            page.wait_for_timeout(100)  # until the browser has ended the other tab
        share_priority()
        start = perf_counter()
        times = page.evaluate("(names) => photos.index(names)", names)
        seconds = perf_counter() - start
        answers: list[dict[str, Any]] = page.evaluate("(texts) => photos.search(texts)", queries)
        start = perf_counter()
        page.reload()
        size = page.evaluate("photos.open()")
        page.evaluate("(texts) => photos.search(texts)", queries[:1])
        first = perf_counter() - start
        context.close()
    took = [each["ms"] for each in answers]
    print(f"killed after {known} that were known to be kept: {there} are there; at the end {size}")
    print(f"Chromium: {len(times) / seconds:.1f} images a second in a worker, one thread")
    print(
        f"query: median {np.median(took):.1f} ms, 95th percentile {np.percentile(took, 95):.1f} ms"
    )
    print(f"page opened again, to the hits of a first query: {1000 * first:.0f} ms")
    assert known <= there
    assert size == len(names)
    return [each["ids"] for each in answers]


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def in_python(data: Path, names: list[str], queries: list[str]) -> list[list[str]]:
    encoder = load_encoder()
    images = [opened(data / "images" / name) for name in names]
    alone = images[:ALONE]
    start = perf_counter()
    for image in alone:
        encoder.encode_images([image])
    print(f"Python: {len(alone) / (perf_counter() - start):.1f} images a second, one at a time")
    vectors = encoder.encode_images(images)
    with tempfile.TemporaryDirectory() as home, Collection.create(home) as collection:
        items = [Item(name, "image", name) for name in names]
        collection.store.upsert(map(Record, items, vectors))
        return [
            [hit.id for hit in collection.search(Query((Term(1.0, "text", text),)), 10, "image")]
            for text in queries
        ]


if __name__ == "__main__":
    main()
