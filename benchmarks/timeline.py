"""How soon the page can be used, and which frames take longer than 50 ms while it is scrolled.

python benchmarks/timeline.py FOLDER [--images 100000] [--trace SUMMARY]

Makes a collection of links to photographs of the demo in FOLDER, unless it is there, serves it here
and opens it in Chromium, each time as a new visitor. Then scrolls it: by hand, slowly and in a
fling, with the scrubber, and by keyboard. With --trace each way is traced, and what the trace says
goes into a small JSON file.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page

from browser import DESKTOP, PHONE, chromium, served, share_priority
from frames import LATE_MS, recorded, watch
from visavis.cli.demo.photos import copy_photos
from visavis.collection import Collection
from visavis.images import measure, open_image, thumbnail_jpeg
from visavis.stores import Record
from visavis.types import Item

NEWEST = date(2026, 11, 28)
DAYS = 20 * 365
VISITS = 6
SIZES: dict[str, dict[str, Any]] = {
    "1280×900": DESKTOP,
    "390×844": {**PHONE, "device_scale_factor": 2},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="of the photographs and their collection")
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--trace", type=Path, help="JSON file for a summary of Chromium's traces")
    options = parser.parse_args()
    if not (options.folder / "collection").exists():
        make(options.folder, options.images)
    summaries: dict[str, Any] = {}
    load = os.getloadavg()[0]
    with chromium() as browser:
        for size, how in SIZES.items():
            with served(options.folder / "collection") as address:
                visits = [visit(browser, address, how) for _ in range(VISITS)]
                print(
                    f"{size}  {seconds(visits[0])} on the first visit, {seconds(*visits[1:])} later"
                )
                page = browser.new_context(**how).new_page()
                summaries[size] = report(page, address, size, traced=options.trace is not None)
                page.context.close()
    print(f"load of the machine: {load:.1f} before, {os.getloadavg()[0]:.1f} after")
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


def visit(browser: Browser, address: str, how: dict[str, Any]) -> tuple[float, float]:
    """Return the ms until the page has taken words in its field, and until its images are there."""
    page = browser.new_context(**how).new_page()
    share_priority()
    page.goto(address)
    page.locator("input[name=text]").fill("a cat")
    usable: float = page.evaluate("performance.now()")
    page.locator("input[name=text]").fill("")  # before the page searches for it
    wait_for_images(page)
    complete: float = page.evaluate("performance.now()")
    page.context.close()
    return usable, complete


def seconds(*visits: tuple[float, float]) -> str:
    """Say after how many seconds the page was usable and complete, as medians."""
    usable, complete = (statistics.median(column) / 1000 for column in zip(*visits, strict=True))
    return f"usable after {usable:.2f} s, all images in sight after {complete:.2f} s"


def wait_for_images(page: Page) -> None:
    page.locator(".timeline li img").first.wait_for()
    while not page.evaluate("[...document.images].every((image) => image.complete)"):
        page.wait_for_timeout(20)  # the page forbids the eval that Playwright waits with


def report(page: Page, address: str, size: str, *, traced: bool) -> dict[str, Any]:
    """Scroll a page in several ways, and print what its frames took; return what traces say."""
    watch(page)
    share_priority()
    page.goto(address)
    wait_for_images(page)
    summaries = {}
    for way, scroll in WAYS.items():
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(500)
        with recorded(page, traced=traced) as frames:
            scroll(page)
        summaries[way] = {**frames.trace, "frames": len(frames.ms)}
        print(
            f"{size}  {way:9} {len(frames.ms):5} frames, median {statistics.median(frames.ms):4.1f} ms, "
            f"longest {max(frames.ms):5.1f} ms; over {LATE_MS} ms: {frames.late}"
        )
    return summaries


def slowly(page: Page) -> None:
    """Scroll through 15,000 pixels, at 1,500 a second: images are in sight for half a second."""
    _gesture(page, 15_000, 1_500)


def fling(page: Page) -> None:
    """Fling through 40,000 pixels, at 4,000 a second."""
    _gesture(page, 40_000, 4_000)


def _gesture(page: Page, distance: int, speed: int) -> None:
    session = page.context.new_cdp_session(page)
    gesture = {"x": 300, "y": 500, "yDistance": -distance, "speed": speed}
    session.send("Input.synthesizeScrollGesture", gesture)
    session.detach()


def by_scrubber(page: Page) -> None:
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


def by_keys(page: Page) -> None:
    """Go down row by row, then screen by screen."""
    page.locator(".timeline li button").first.focus()
    for key, times in {"ArrowDown": 60, "PageDown": 40}.items():
        for _ in range(times):
            page.keyboard.press(key)
            page.wait_for_timeout(30)


WAYS = {"slowly": slowly, "fling": fling, "scrubber": by_scrubber, "keyboard": by_keys}


if __name__ == "__main__":
    main()
