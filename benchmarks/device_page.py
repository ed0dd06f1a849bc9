"""How smooth the device page is with many photographs, on a phone's screen: first make device-page.

python benchmarks/device_page.py [--kept 10000] [--photos FOLDER] [--waiting 10000] [--slower 4]

Puts a collection with thumbnails and random vectors into the browser's private file system. Then it
times frames: while the page opens, while all photographs are scrolled and while it searches; and
again while further photographs wait and are indexed, those of the folder or drawn ones. Of late
frames it tells how many are the page's own work, by the processor time of its main thread: a busy
machine delays frames as well.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from browser import PHONE, chromium, share_priority
from frames import LATE_MS, recorded, watch
from on_device import served
from visavis.encoders import load_encoder
from visavis.server.device_page import write_site
from visavis.types import Item
from visavis.upkeep.device_file import DeviceFile

BLOCK = 100
SEARCHES = ("a dog", "un vélo rouge", "two children on a beach", "la mer, la nuit", "a red car")
SCROLLS = 60
FRAME_MS = 16.7

PUT = """async () => {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('visavis', { create: true })
  const file = await (await folder.getFileHandle('photos', { create: true })).createWritable()
  await (await fetch('/kept.device')).body.pipeTo(file)
}"""

DRAW = """async (count) => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 240 })
  canvas.getContext('2d').fillRect(40, 40, 90, 90)
  const image = await new Promise((resolve) => canvas.toBlob(resolve))
  window.chosen_ = new DataTransfer()
  for (let n = 0; n < count; n++) chosen_.items.add(new File([image, String(n)], `${n}.png`, { type: 'image/png' }))
}"""

PICK = """() => {
  window.chosen_ = Object.assign(document.createElement('input'), { type: 'file', id: 'picked', multiple: true, hidden: true })
  document.body.append(chosen_)
}"""

CHOOSE = """() => {
  const input = document.querySelector('input[name=photos]')
  input.files = chosen_.files
  input.dispatchEvent(new Event('change', { bubbles: true }))
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kept", type=int, default=10_000)
    parser.add_argument("--photos", type=Path, help="JPEG files to index, instead of drawn images")
    parser.add_argument("--waiting", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=15, help="at rest while indexing")
    parser.add_argument("--slower", type=float, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_site(folder)
        write_kept(folder / "kept.device", options.kept)
        load = os.getloadavg()[0]
        with served(folder) as address, chromium() as browser:
            measure(browser.new_context(**PHONE).new_page(), address, options)
    print(
        f"load of the machine: {load:.1f} before, {os.getloadavg()[0]:.1f} after, {os.cpu_count()} cores"
    )


def write_kept(path: Path, count: int) -> None:
    """Write a collection as the page keeps it: no moments and no end."""
    encoder = load_encoder()
    rng = np.random.default_rng(5)
    jpegs = [jpeg(rng) for _ in range(BLOCK)]
    with path.open("wb") as file:
        device = DeviceFile(file, encoder.id, encoder.dim, "float16")
        for start in range(0, count, BLOCK):
            size = min(BLOCK, count - start)
            vectors = rng.normal(size=(size, encoder.dim)).astype(np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            items = [
                Item(f"{n:032x}", "image", f"{n}.jpg", None, {}) for n in range(start, start + size)
            ]
            device.items(items, vectors, jpegs[:size])


def jpeg(rng: np.random.Generator) -> bytes:
    coarse = Image.fromarray(rng.integers(0, 256, (30, 40, 3), np.uint8)).resize((360, 270))
    file = io.BytesIO()
    coarse.save(file, "JPEG", quality=80)
    return file.getvalue()


def measure(page: Page, address: str, options: argparse.Namespace) -> None:
    page.set_default_timeout(300_000)
    page.goto(f"{address}device.json")
    page.evaluate(PUT)
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": options.slower})
    share_priority()
    watch(page)
    print(
        f"{options.kept:,} photographs kept, {options.slower:g} times slower; milliseconds between frames"
    )
    with reported("opening", page):
        page.goto(address)
        page.locator(".photographs li img").first.wait_for()
    with reported("scrolling through all", page):
        scroll(page)
    page.evaluate("scrollTo(0, 0)")
    with reported(f"{len(SEARCHES)} searches", page):
        search(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    files = sorted(options.photos.glob("*.jpg"))[: options.waiting] if options.photos else []
    if files:
        page.evaluate(PICK)
        page.set_input_files("#picked", files)
    else:
        page.evaluate(DRAW, options.waiting)
    session.send("Emulation.setCPUThrottlingRate", {"rate": options.slower})
    with reported(f"choosing {len(files) or options.waiting:,} more", page):
        page.evaluate(CHOOSE)
        page.locator("progress").wait_for()
    print("  while they are indexed:")
    start, before = perf_counter(), indexed(page)
    with reported(f"  {options.seconds} s at rest", page):
        page.wait_for_timeout(1000 * options.seconds)
    with reported("  scrolling through all", page):
        scroll(page)
    page.evaluate("scrollTo(0, 0)")
    with reported(f"  {len(SEARCHES)} searches", page):
        search(page)
    count, seconds = indexed(page) - before, perf_counter() - start
    print(f"  indexed meanwhile: {count:,} in {seconds:.0f} s, {count / seconds:.1f} a second")


def scroll(page: Page) -> None:
    """Go down by the wheel, then jump to the middle."""
    for _ in range(SCROLLS):
        page.mouse.wheel(0, 1200)
        page.wait_for_timeout(50)
    page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
    page.locator(".photographs li img").first.wait_for()


def search(page: Page) -> None:
    """Search for several texts, one by one, and take the terms away again."""
    for text in SEARCHES:
        page.fill("input[name=text]", text)
        page.press("input[name=text]", "Enter")
        page.locator("main ol[aria-busy=false] li img").first.wait_for()
    while page.locator("form ul li").count():
        page.locator("form ul li button").last.click()


def indexed(page: Page) -> int:
    """Return how many photographs the page has looked at."""
    return int(page.locator("progress").evaluate("(bar) => bar.value"))


@contextmanager
def reported(name: str, page: Page) -> Iterator[None]:
    """Print what frames took meanwhile."""
    with recorded(page, traced=True) as frames:
        yield
    found = frames.trace
    median, high = np.percentile(frames.ms, [50, 95])
    own = sum(frame["processor"] > FRAME_MS for frame in found["long frames"])
    print(
        f"  {name}: median {median:.0f}, 95th {high:.0f}, longest {max(frames.ms):.0f} ({len(frames.ms)} frames); "
        f"longer than {LATE_MS} ms: {frames.late}, own work in {own} of them; "
        f"longest task {found['longest task']:.0f}, on the processor {found['longest task, processor']:.0f}"
    )


if __name__ == "__main__":
    main()
