"""A real server over the demo's photographs, and Debian's Chromium to look at its page."""

from __future__ import annotations

import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image
from playwright.sync_api import expect, sync_playwright

from browser.pages import FLAGS, SCREENSHOTS, Visitor
from visavis.cli.demo.photos import copy_photos
from visavis.collection import Collection
from visavis.indexing import index
from visavis.stores import Record
from visavis.types import Item

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium")
PHRASES = Path(__file__).parents[2] / "src/visavis/cli/demo"

TAKEN = {
    "motorcycle-again.png": "2019:07:14",
    "motorcycle.png": "2012:03:01",
    "coffee.png": "2021:11:30",
}

expect.set_options(timeout=15_000)


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="needs Chromium: apt install chromium"))


@pytest.fixture(scope="package")
def home(tmp_path_factory):
    """A folder with the demo's photographs and a collection of them, with regions."""
    folder = tmp_path_factory.mktemp("browser")
    copy_photos(folder / "photos")
    take_pictures(folder / "photos")
    for lang in ("en", "fr"):
        shutil.copy(PHRASES / f"phrases.{lang}.txt", folder)
    with Collection.create(folder / "collection") as collection:
        index([str(folder / "photos")], collection, regions=True)
        index([str(folder / f"phrases.{lang}.txt") for lang in ("en", "fr")], collection)
    return folder


def take_pictures(photos):
    """Say of some photographs when they were taken: one of the two motorcycles, and so on."""
    for name, day in TAKEN.items():
        with Image.open(photos / name) as image:
            exif = Image.Exif()
            exif[ExifTags.Base.Model] = "A camera"
            exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = f"{day} 12:00:00"
            image.save(photos / name, exif=exif)


@pytest.fixture(scope="package")
def site(home):
    """The address of a server that everyone may read."""
    with served(home / "collection") as address:
        yield address


@pytest.fixture(scope="package")  # Gone before other tests: its event loop would be in their way.
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, site, home, request):
    """Open a page as a visitor; a screenshot is kept, and nothing may go wrong unseen."""
    visitors = []

    def open_page(path="/", **how):
        visitor = Visitor(chromium, how.pop("site", site), home / "photos", **how)
        visitors.append(visitor)
        visitor.page.goto(visitor.site + path)
        return visitor

    yield open_page
    SCREENSHOTS.mkdir(exist_ok=True)
    for number, visitor in enumerate(visitors):
        visitor.page.screenshot(path=SCREENSHOTS / f"{request.node.name}-{number}.png")
        visitor.close()
        assert visitor.complaints == []


@pytest.fixture(scope="package")
def served_with_key(home):
    """The address of a server that asks for a key, and the key."""
    keys = home / "keys.json"
    command = [sys.executable, "-m", "visavis", "keys", "add", "reader", "--keys", str(keys)]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    with served(home / "collection", "--keys", str(keys)) as address:
        yield address, made.stdout.strip()


@pytest.fixture(scope="package")
def album(tmp_path_factory):
    """The address of a server of 360 images, 30 of each month of 2025."""
    with served(dated_collection(tmp_path_factory.mktemp("album"), 30)) as address:
        yield address


@pytest.fixture
def changing(tmp_path):
    """The address of a server that anyone may add to and remove from."""
    with served(dated_collection(tmp_path, 2), "--write") as address:
        yield address


def dated_collection(folder, a_month):
    """Make a collection of small images of 2025, with random vectors."""
    random = np.random.default_rng(0)
    with Collection.create(folder / "collection") as collection:
        records = []
        for month, number in product(range(1, 13), range(a_month)):
            name = f"2025-{month:02}-{number:02}.jpg"
            colour = tuple(random.integers(0, 256, 3).tolist())
            Image.new("RGB", (48, 36), colour).save(folder / name)
            day = f"2025-{month:02}-28T12:00:{59 - number:02}"
            facts = {"name": name, "width": 48, "height": 36, "taken": day}
            vector = random.normal(size=collection.store.dim).astype(np.float32)
            item = Item(f"{len(records):032x}", "image", str(folder / name), None, facts)
            records.append(Record(item, vector / np.linalg.norm(vector)))
        collection.store.upsert(records)
    return folder / "collection"


class served:  # noqa: N801 - reads as a verb: with served(collection) as address
    """A server process on a free port."""

    def __init__(self, collection, *options):
        self._command = [sys.executable, "-m", "visavis", "serve", "--port", "0", *options]
        self._command += ["--collection", str(collection)]

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        return self._process.stdout.readline().split(" is at ")[1].split()[0]

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(20)
        self._process.stdout.close()
