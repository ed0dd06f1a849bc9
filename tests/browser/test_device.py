"""The page that searches in the browser itself; it has to be built first: make device-page."""

import pytest
from playwright.sync_api import expect

from browser.pages import PHONE
from visavis.server import device_page

pytestmark = pytest.mark.skipif(
    not (device_page.FOLDER / "index.html").exists(), reason="needs make device-page"
)


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


@pytest.mark.slow
def test_photographs_are_indexed_and_searched_in_the_browser_alone(open_device):
    visitor = open_device()
    add_photos(visitor)
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
    visitor.button("Delete everything").click()
    visitor.page.get_by_role("alert").get_by_text("stay where they are").wait_for()
    visitor.button("Delete everything").click()
    expect(visitor.button("Choose photographs")).to_be_visible()
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
