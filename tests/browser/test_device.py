"""The page that searches in the browser itself; it has to be built first: make device-page."""

import hashlib
import json
import re

import pillow_heif
import pytest
from PIL import ExifTags, Image
from playwright.sync_api import expect

from browser.pages import PHONE
from visavis.encoders.resolve import BUNDLED
from visavis.server import device_page

pytestmark = pytest.mark.skipif(
    not (device_page.FOLDER / "index.html").exists(), reason="needs make device-page"
)


REFUSED = """() => new Promise((resolve) => {
  const refused = []
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
    refused.push(effectiveDirective)
    if (new Set(refused).size === 2) resolve(refused)
  })
  setTimeout(resolve, 10_000, refused)
  setTimeout(() => {
    fetch('https://example.org/').catch(() => {})
    document.body.append(Object.assign(document.createElement('script'), { textContent: '1' }))
  })
})"""


@pytest.fixture
def open_device(visit):
    """Open the page, and hear every request that it, its worker and its service worker make."""

    def open_page(**how):
        visitor = visit("/device", worker=True, **how)
        visitor.asked = []
        visitor.context.on("request", lambda request: visitor.asked.append(request.url))
        return visitor

    return open_page


def add_photos(visitor):
    photos = sorted(visitor.photos.iterdir())
    expect(visitor.button("Choose photographs")).to_be_visible(timeout=120_000)
    visitor.page.set_input_files("input[name=photos]", photos)
    expect(visitor.page.get_by_text(f"{len(photos)} photographs on")).to_be_visible(timeout=240_000)
    expect(visitor.page.locator("details li")).to_have_count(0)
    expect(visitor.page.get_by_text("Works offline")).to_be_visible(timeout=60_000)


def delete_everything(visitor):
    if visitor.page.locator("main details summary").count():
        visitor.page.locator("main details summary").last.click()
    visitor.button("Delete everything").click()
    visitor.page.get_by_role("alert").get_by_text("stay where they are").wait_for()
    visitor.button("Delete everything").click()
    expect(visitor.button("Choose photographs")).to_be_visible(timeout=120_000)


def taken(photo, day, file):
    """Write a photograph with the day when it was taken, in the format of the file's name."""
    with Image.open(photo) as image:
        exif = Image.Exif()
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = f"{day} 12:00:00"
        image.convert("RGB").save(file, exif=exif)
    if file.suffix == ".heic":
        file.write_bytes(as_phones_write(file.read_bytes()))
    return file


def as_phones_write(heic):
    """Move the place of item 2, its EXIF, from the base of a HEIC file to the offset from it."""
    place = re.compile(rb"\x00\x02\x00\x00(....)\x00\x01\x00\x00\x00\x00", re.DOTALL)
    return place.sub(lambda found: b"\0\2" + bytes(7) + b"\1" + found[1], heic, count=1)


@pytest.mark.slow
def test_photographs_are_indexed_and_searched_in_the_browser_alone(open_device):
    visitor = open_device()
    add_photos(visitor)
    all_photos = visitor.page.locator(".photographs li img")
    expect(all_photos).to_have_count(len(list(visitor.photos.iterdir())))
    visitor.page.get_by_role("button", name="Photographs like coffee.png").click()
    assert visitor.found()[0] == "coffee.png"
    visitor.button("Remove image").click()
    visitor.asked.clear()
    visitor.search("a red motorcycle")
    expect(visitor.page.locator("main li img").first).to_be_visible()
    assert set(visitor.found()[:2]) == {"motorcycle.png", "motorcycle-again.png"}
    visitor.search("une moto rouge")
    expect(visitor.page.get_by_text("une moto rouge", exact=True)).to_be_visible()
    assert set(visitor.found()[:2]) == {"motorcycle.png", "motorcycle-again.png"}
    visitor.field.fill("moto")
    visitor.button("Not…").click()
    expect(visitor.page.locator("main ul li")).to_have_count(2)
    visitor.button("Remove moto").click()
    visitor.button("Remove une moto rouge").click()
    visitor.page.set_input_files("input[name=query]", visitor.photos / "motorcycle.png")
    expect(visitor.page.get_by_text("your image")).to_be_visible()
    assert visitor.found()[:2] == ["motorcycle.png", "motorcycle-again.png"]
    assert [url for url in visitor.asked if not url.startswith("blob:")] == []

    visitor.context.set_offline(True)
    visitor.page.reload()
    expect(visitor.field).to_be_visible(timeout=120_000)
    visitor.search("a man with a camera")
    expect(visitor.page.locator("main li img").first).to_be_visible(timeout=60_000)
    assert visitor.found()[0] == "photographer.png"
    page = visitor.site + "/device/"
    assert {
        url for url in visitor.asked if not url.startswith((page, f"blob:{visitor.site}"))
    } == set()

    visitor.button("Remove a man with a camera").click()
    delete_everything(visitor)
    expect(visitor.field).to_be_hidden()


@pytest.mark.slow
def test_the_page_opens_where_no_service_worker_may(visit):
    visitor = visit("/device")
    expect(visitor.button("Choose photographs")).to_be_visible(timeout=120_000)


@pytest.mark.slow
def test_indexing_pauses_on_a_phone_and_what_is_no_image_is_told(open_device, tmp_path):
    visitor = open_device(size=PHONE, lang="fr-FR")
    expect(visitor.button("Choisir des photos")).to_be_visible(timeout=120_000)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no image")
    (tmp_path / "notes.txt").write_text("no image either")
    photos = sorted(visitor.photos.iterdir())
    visitor.page.set_input_files("input[name=photos]", [broken, tmp_path / "notes.txt", *photos])
    visitor.button("Pause").click()
    expect(visitor.button("Continuer")).to_be_visible()
    visitor.button("Continuer").click()
    kept = visitor.page.get_by_text(f"{len(photos)} photos sur")
    expect(kept).to_be_visible(timeout=240_000)
    expect(visitor.page.get_by_text("1 fichier n’a pas pu être ajouté")).to_be_visible()
    expect(visitor.page.get_by_text("1 autre fichier n’est pas une image")).to_be_visible()
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert visitor.page.evaluate(overflow) <= 0


@pytest.mark.slow
def test_heic_dates_and_regions(open_device, tmp_path):
    pillow_heif.register_heif_opener()
    visitor = open_device(size=PHONE)
    old = taken(visitor.photos / "coffee.png", "2012:03:01", tmp_path / "coffee.jpg")
    new = taken(visitor.photos / "motorcycle.png", "2019:07:14", tmp_path / "motorcycle.heic")
    expect(visitor.button("Choose photographs")).to_be_visible(timeout=120_000)
    assert not any("libheif" in url for url in visitor.asked)
    visitor.page.set_input_files("input[name=photos]", [old, new])
    expect(visitor.page.get_by_text("2 photographs on")).to_be_visible(timeout=240_000)
    assert {url for url in visitor.asked if "libheif" in url} == {
        f"{visitor.site}/device/libheif/libheif.js"  # LGPL: a file of its own
    }
    visitor.search("a cup of coffee")
    assert visitor.found() == ["coffee.jpg", "motorcycle.heic"]
    days = visitor.page.locator("main time").evaluate_all("all => all.map((each) => each.dateTime)")
    assert days == ["2012-03-01T12:00:00", "2019-07-14T12:00:00"]
    visitor.button("Newest first").click()
    assert visitor.found() == ["motorcycle.heic", "coffee.jpg"]
    visitor.button("Remove a cup of coffee").click()

    visitor.page.set_input_files("input[name=query]", old)
    visitor.button("Search for a part of this image").first.click()
    stage = visitor.dialog.get_by_role("application")
    stage.press("ArrowLeft")
    stage.press("Shift+ArrowDown")
    expect(stage).not_to_have_accessible_name("Frame: –")
    visitor.button("Search for this part").click()
    expect(visitor.page.get_by_text("part of an image")).to_be_visible()
    visitor.button("Newest first").click()
    assert visitor.found()[0] == "coffee.jpg"
    own = (visitor.site, f"blob:{visitor.site}")
    assert [url for url in visitor.asked if not url.startswith(own)] == []


@pytest.mark.slow
def test_other_origins_and_inline_scripts_are_refused(open_device):
    visitor = open_device()
    visitor.expected = ("Content Security Policy", "Content-Security-Policy")
    assert set(visitor.page.evaluate(REFUSED)) == {"connect-src", "script-src-elem"}
    policy = visitor.page.locator("meta[http-equiv]").get_attribute("content")
    assert "default-src 'none'" in policy
    assert not re.search("'unsafe-(eval|inline)'", policy)


@pytest.mark.slow
def test_what_another_model_made_is_told_and_can_be_deleted(visit):
    visitor = visit("/device")
    photo = visitor.photos / "coffee.png"
    expect(visitor.button("Choose photographs")).to_be_visible(timeout=120_000)
    visitor.page.set_input_files("input[name=photos]", photo)
    expect(visitor.page.get_by_text("1 photograph on")).to_be_visible(timeout=120_000)
    serve_model(visitor, "another@2")
    visitor.page.reload()
    expect(visitor.page.get_by_text("another@2")).to_be_visible(timeout=120_000)
    delete_everything(visitor)
    visitor.page.set_input_files("input[name=photos]", photo)
    expect(visitor.page.get_by_text("1 photograph on")).to_be_visible(timeout=120_000)


def serve_model(visitor, name):
    """Let the page have the bundled model under another id."""
    listing = json.loads(json.dumps(device_page.listing()))
    info = json.loads((BUNDLED / "model.json").read_text("utf-8")) | {"id": name}
    body = json.dumps(info)
    file = listing["model"]["files"]["model.json"]
    file["sha256"] = hashlib.sha256(body.encode()).hexdigest()
    visitor.context.route("**/device.json", lambda route: route.fulfill(json=listing))
    visitor.context.route(f"**/{file['url']}", lambda route: route.fulfill(body=body))
