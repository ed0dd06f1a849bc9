"""Frames while the page's timeline is scrolled: how many take longer than 50 ms.

python benchmarks/timeline.py FOLDER [--images 100000] [--trace SUMMARY]

Makes a collection of links to photographs of the demo in FOLDER, unless it is there, serves it here
and scrolls it in Chromium: by hand, slowly and in a fling, with the scrubber, and by keyboard. With
--trace each way is traced, and what the trace says goes into a small JSON file.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from timeline_trace import CATEGORIES, summary
from visavis.cli.demo.photos import copy_photos
from visavis.collection import Collection
from visavis.images import measure, open_image, thumbnail_jpeg
from visavis.stores import Record
from visavis.types import Item

LONG_MS = 50
_TOLERANT_MS = LONG_MS + 1
NEWEST = date(2026, 11, 28)
DAYS = 20 * 365
SIZES: dict[str, dict[str, Any]] = {
    "1280×900": {"viewport": {"width": 1280, "height": 900}},
    "390×844": {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
        "device_scale_factor": 2,
    },
}
_RECORD = """() => {
  window.frames_ = []
  window.recording_ = true
  let before = performance.now()
  const next = (now) => {
    window.frames_.push(now - before)
    before = now
    if (window.recording_) requestAnimationFrame(next)
  }
  requestAnimationFrame(next)
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="of the photographs and their collection")
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--trace", type=Path, help="JSON file for a summary of Chromium's traces")
    options = parser.parse_args()
    if not (options.folder / "collection").exists():
        make(options.folder, options.images)
    summaries: dict[str, Any] = {}
    with served(options.folder / "collection") as address, chromium() as browser:
        for size, how in SIZES.items():
            page = browser.new_context(**how).new_page()
            summaries[size] = report(page, address, size, traced=options.trace is not None)
            page.context.close()
    if options.trace:
        options.trace.write_text(json.dumps(summaries, indent=1, ensure_ascii=False) + "\n")


def make(folder: Path, count: int) -> None:
    """Make a collection of `count` images: links to small copies, with random vectors and dates."""
    folder.mkdir(parents=True, exist_ok=True)
    copy_photos(folder / "demo")
    originals = []
    for photo in sorted((folder / "demo").iterdir()):
        small = folder / f"{photo.stem}.jpg"
        small.write_bytes(thumbnail_jpeg(open_image(photo), 400))
        originals.append((small, measure(small.read_bytes())))
    random = np.random.default_rng(0)
    with Collection.create(folder / "collection") as collection:
        for start in range(0, count, 5000):
            records = []
            for i in range(start, min(count, start + 5000)):
                photo, (width, height) = originals[i % len(originals)]
                source = folder / "photos" / f"{i // 1000:03}" / f"{i:06}.jpg"
                source.parent.mkdir(parents=True, exist_ok=True)
                os.link(photo, source)
                vector = random.normal(size=collection.store.dim).astype(np.float32)
                day = NEWEST - timedelta(days=int(DAYS * i / count))
                facts = {"name": source.name, "width": width, "height": height}
                metadata = {**facts, "taken": f"{day}T12:00:00"}
                item = Item(f"{i:032x}", "image", str(source), None, metadata)
                records.append(Record(item, vector / np.linalg.norm(vector)))
            collection.store.upsert(records)


def report(page: Any, address: str, size: str, *, traced: bool) -> dict[str, Any]:
    """Scroll a page in several ways, and print what its frames took; return what traces say."""
    page.goto(address)
    page.locator(".timeline li img").first.wait_for()
    while not page.evaluate("[...document.images].every((image) => image.complete)"):
        page.wait_for_timeout(50)  # the page forbids the eval that Playwright waits with
    summaries = {}
    for way, scroll in WAYS.items():
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(500)
        if traced:
            frames, summaries[way] = traced_frames(page, scroll)
            summaries[way]["frames"] = len(frames)
        else:
            frames = measured(page, scroll)
        print(
            f"{size}  {way:9} {len(frames):5} frames, median {statistics.median(frames):4.1f} ms, "
            f"longest {max(frames):5.1f} ms; over {LONG_MS} ms: {_long(frames)}"
        )
    return summaries


def measured(page: Any, scroll: Callable[[Any], None]) -> list[float]:
    """Return the milliseconds between frames while scrolling."""
    page.evaluate(_RECORD)
    scroll(page)
    frames: list[float] = page.evaluate(
        "() => { window.recording_ = false; return window.frames_ }"
    )
    return frames[1:]


def traced_frames(page: Any, scroll: Callable[[Any], None]) -> tuple[list[float], dict[str, Any]]:
    """Return the same, and a summary of the trace."""
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder, "trace.json")
        browser = page.context.browser
        browser.start_tracing(page=page, path=trace, categories=CATEGORIES)
        try:
            frames = measured(page, scroll)
        finally:
            browser.stop_tracing()
        return frames, summary(trace, _TOLERANT_MS)


def _long(frames: list[float]) -> int:
    """Count long frames; three frames of 16.7 ms are not long."""
    return sum(ms > _TOLERANT_MS for ms in frames)


def slowly(page: Any) -> None:
    """Scroll through 15,000 pixels, at 1,500 a second: images are in sight for half a second."""
    _gesture(page, 15_000, 1_500)


def fling(page: Any) -> None:
    """Fling through 40,000 pixels, at 4,000 a second."""
    _gesture(page, 40_000, 4_000)


def _gesture(page: Any, distance: int, speed: int) -> None:
    session = page.context.new_cdp_session(page)
    gesture = {"x": 300, "y": 500, "yDistance": -distance, "speed": speed}
    session.send("Input.synthesizeScrollGesture", gesture)
    session.detach()


def by_scrubber(page: Any) -> None:
    """Drag the scrubber from the newest month to the oldest one, and rest there."""
    box = page.get_by_role("slider").bounding_box()
    x, top, height = box["x"] + box["width"] / 2, box["y"], box["height"]
    page.mouse.move(x, top + 2)
    page.mouse.down()
    for step in range(100):
        page.mouse.move(x, top + height * step / 100)
        page.wait_for_timeout(16)
    page.mouse.up()
    page.wait_for_timeout(1000)


def by_keys(page: Any) -> None:
    """Go down row by row, then screen by screen."""
    page.locator(".timeline li button").first.focus()
    for key, times in {"ArrowDown": 60, "PageDown": 40}.items():
        for _ in range(times):
            page.keyboard.press(key)
            page.wait_for_timeout(30)


WAYS = {"slowly": slowly, "fling": fling, "scrubber": by_scrubber, "keyboard": by_keys}


@contextmanager
def served(collection: Path) -> Iterator[str]:
    """Serve a collection on a free port; gives the address."""
    command = [sys.executable, "-m", "visavis", "serve", "--port", "0", "--collection"]
    with subprocess.Popen(
        [*command, str(collection)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split(" is at ")[1].split()[0]
        finally:
            process.terminate()


@contextmanager
def chromium() -> Iterator[Any]:
    """Start the Chromium of this machine, without a GPU."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        yield browser
        browser.close()


if __name__ == "__main__":
    main()
