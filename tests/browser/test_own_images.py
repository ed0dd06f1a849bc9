"""A person's own images: sent without their metadata, kept until the tab closes."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from browser.pages import DESKTOP, PHONE

GPS, CAMERA = 0x8825, 0x0110
STORED = """() => new Promise((resolve) => {
  const opened = indexedDB.open('visavis', 1)
  opened.onsuccess = () => {
    const keys = opened.result.transaction('uploads').objectStore('uploads').getAllKeys()
    keys.onsuccess = () => resolve(keys.result.length)
  }
})"""

EMPTIED = """() => new Promise((resolve) => {
  const opened = indexedDB.open('visavis', 1)
  opened.onsuccess = () => {
    const change = opened.result.transaction('uploads', 'readwrite')
    change.objectStore('uploads').clear()
    change.oncomplete = () => resolve()
  }
})"""


CATCH = """() => {
  const send = window.fetch
  window.fetch = (url, init) => {
    if (init.body instanceof FormData) window.sent = init.body.get('image0')
    return send(url, init)
  }
}"""
SENT = "async () => [...new Uint8Array(await window.sent.arrayBuffer())]"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_they_survive_a_reload_with_their_region_and_weight(visit, size):
    visitor = visit(size=size)
    visitor.drop("motorcycle.png")
    visitor.page.get_by_label("Weight of your image").select_option("2")
    found = visitor.found()
    visitor.page.reload()
    expect(visitor.page.locator(".chips img")).to_be_visible()
    expect(visitor.page.get_by_label("Weight of your image")).to_have_value("2")
    assert visitor.found() == found
    visitor.page.go_back()
    visitor.page.go_back()
    expect(visitor.page.locator(".chips")).to_be_hidden()
    visitor.page.go_forward()
    expect(visitor.page.locator(".chips img")).to_be_visible()
    assert visitor.found()[0] == "motorcycle.png"


def test_they_are_removed_when_their_tab_is_closed(visit):
    visitor = visit()
    visitor.drop("cat.png")
    visitor.page.wait_for_function(f"({STORED})().then((count) => count === 1)")
    other = visitor.context.new_page()
    other.goto(visitor.site)
    expect(other.get_by_role("heading", level=1)).to_be_visible()
    assert other.evaluate(STORED) == 1, "the tab that has it is open"
    visitor.page.close()
    other.reload()
    other.wait_for_function(f"({STORED})().then((count) => count === 0)")
    visitor.page = other


def test_one_that_is_gone_is_left_out_and_the_page_says_so(visit):
    visitor = visit()
    visitor.search("a red cup of coffee")
    visitor.drop("cat.png")
    visitor.page.evaluate(EMPTIED)
    visitor.page.reload()
    expect(visitor.page.get_by_text("no longer in this tab")).to_be_visible()
    assert visitor.found()[0] == "coffee.png"


def test_they_are_sent_without_where_and_with_what_they_were_taken(visit, tmp_path):
    visitor = visit()
    visitor.page.evaluate(CATCH)
    exif = Image.Exif()
    exif[CAMERA] = "A camera"
    exif.get_ifd(GPS).update({1: "N", 2: (48.0, 51.0, 30.0), 3: "E", 4: (2.0, 17.0, 40.0)})
    with Image.open(visitor.photos / "coffee.png") as photo:
        photo.convert("RGB").save(tmp_path / "small.jpg", exif=exif)
        photo.convert("RGBA").save(tmp_path / "small.png", exif=exif)
    for name in ("small.jpg", "small.png"):
        with Image.open(tmp_path / name) as image:
            assert image.getexif().get_ifd(GPS)
        with visitor.page.expect_request("**/api/v1/search"):
            visitor.page.set_input_files("input[type=file] >> nth=0", tmp_path / name)
        with Image.open(io.BytesIO(bytes(visitor.page.evaluate(SENT)))) as sent:
            assert dict(sent.getexif()) == {}
            assert sent.size == image.size
        assert visitor.found()[0] == "coffee.png"
        visitor.button("Clear").click()
