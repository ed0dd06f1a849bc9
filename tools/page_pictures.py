"""The pictures of the page and of results in the docs, by the bundled model.

python tools/page_pictures.py [docs/images]

Indexes the demo's photographs with their regions, serves them here, and looks at the page in
Chromium: a composed query on a wide screen, and three views of a phone in French. Then it looks at
pages that `visavis search --html` and `visavis demo` write.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image

import visavis
from visavis.cli.demo.photos import copy_photos
from visavis.collection import Collection
from visavis.indexing import index

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))
from browser import PHONE, chromium, served

PHRASES = Path(visavis.__file__).parent / "cli/demo"
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
FRENCH_PHONE = {**PHONE, "device_scale_factor": 2, "locale": "fr-FR"}
COMPOSED = ("motorcycle.png", "+", "a man", "-", "a motorcycle")
SHEETS = {
    "centred": COMPOSED,
    "sum": (*COMPOSED, "--fusion", "sum"),
    "regions": ("a man in a black coat", "--regions"),
}
SCALE = 410 / 780
MARGIN = 13
GROUND = (138, 136, 124)


def main() -> None:
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")
    with TemporaryDirectory() as folder:
        collection = make(Path(folder))
        with served(collection) as site, chromium() as browser:
            wide = composed_query(browser, site)
            phones = [regions(browser, site), open_image(browser, site), the_map(browser, site)]
            sheets = {name: sheet(browser, Path(folder), *SHEETS[name]) for name in SHEETS}
            top = demo(browser, Path(folder))
    wide.save(out / "page.jpg", quality=88, optimize=True)
    top.quantize(256).save(out / "demo.png", optimize=True)
    for name, image in sheets.items():
        image.save(out / f"{name}.jpg", quality=88, optimize=True)
    side_by_side(phones).save(out / "page-phones.jpg", quality=88, optimize=True)


def make(folder: Path) -> Path:
    """Index the demo's photographs with regions, and its captions; return the collection."""
    copy_photos(folder / "photos")
    phrases = [shutil.copy(PHRASES / f"phrases.{lang}.txt", folder) for lang in ("en", "fr")]
    with Collection.create(folder / "demo") as collection:
        index([str(folder / "photos")], collection, regions=True)
        index([str(each) for each in phrases], collection)
    return folder / "demo"


def composed_query(browser: Any, site: str) -> Image.Image:
    """The image of a motorcycle, plus a man, minus a motorcycle."""
    with page(browser, **DESKTOP, locale="en-GB") as view:
        hits = view.request.post(
            f"{site}/api/v1/search", data={"terms": [{"text": "a red motorcycle"}], "k": 1}
        )
        image = hits.json()["hits"][0]["id"]
        view.goto(f"{site}/?q=a+man&t=1:image:{image}&t=-1:text:a+motorcycle")
        view.locator("main ol img").first.wait_for()
        view.reload()  # the first search of a server takes longer
        return shot(view, "main ol img")


def regions(browser: Any, site: str) -> Image.Image:
    with page(browser, **FRENCH_PHONE, color_scheme="dark") as view:
        view.goto(f"{site}/?q=un+trépied&regions=1")
        return shot(view, "main ol img")


def open_image(browser: Any, site: str) -> Image.Image:
    with page(browser, **FRENCH_PHONE, color_scheme="dark") as view:
        view.goto(f"{site}/?q=un+trépied&regions=1")
        view.locator("main ol button").first.tap()
        return shot(view, "dialog ol, dialog ul")


def the_map(browser: Any, site: str) -> Image.Image:
    with page(browser, **FRENCH_PHONE) as view:
        view.goto(f"{site}/?view=map")
        return shot(view, "canvas")


def sheet(browser: Any, folder: Path, *words: str) -> Image.Image:
    """Return the page of a search of the photographs, by the names of their files."""
    file = folder / "sheet.html"
    collection = str(folder / "demo")
    options = ["-k", "4", "--html", str(file), "--collection", collection]
    visavis_command("search", *words, *options, folder=folder / "photos")
    return written(browser, file, full_page=True)


def demo(browser: Any, folder: Path) -> Image.Image:
    """Return the top of the page that `visavis demo` writes."""
    visavis_command("demo", "--out", "shown", folder=folder)
    return written(browser, folder / "shown/index.html", full_page=False)


def visavis_command(*words: str, folder: Path) -> None:
    subprocess.run(  # noqa: S603 - this program
        [sys.executable, "-m", "visavis", *words], cwd=folder, check=True, stdout=subprocess.DEVNULL
    )


def written(browser: Any, file: Path, *, full_page: bool) -> Image.Image:
    """Return a page on the disk as it looks, in full or 800 pixels of it."""
    with page(browser, viewport={"width": 1000, "height": 300 if full_page else 800}) as view:
        view.goto(file.as_uri())
        return Image.open(BytesIO(view.screenshot(full_page=full_page))).convert("RGB")


def shot(view: Any, what: str) -> Image.Image:
    """Return what the window shows once that is there, and its images are."""
    view.locator(what).first.wait_for()
    view.wait_for_timeout(2000)
    return Image.open(BytesIO(view.screenshot())).convert("RGB")


def side_by_side(phones: list[Image.Image]) -> Image.Image:
    """Join pictures of phones with a margin around each."""
    small = [each.resize([round(side * SCALE) for side in each.size]) for each in phones]
    width, height = small[0].size
    whole = Image.new("RGB", (len(small) * (width + MARGIN) + MARGIN, height + 2 * MARGIN), GROUND)
    for number, each in enumerate(small):
        whole.paste(each, (MARGIN + number * (width + MARGIN), MARGIN))
    return whole


@contextmanager
def page(browser: Any, **how: Any) -> Iterator[Any]:
    context = browser.new_context(**how, service_workers="block")
    yield context.new_page()
    context.close()


if __name__ == "__main__":
    main()
