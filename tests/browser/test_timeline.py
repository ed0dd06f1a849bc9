"""The start page: the whole collection by date."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from browser.pages import DESKTOP, PHONE

SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


def tiles(visitor):
    return visitor.page.locator(".timeline li")


def tile(visitor, index):
    return visitor.page.locator(f".timeline button[data-index='{index}']")


def marks(visitor):
    return visitor.page.locator(".timeline li input")


@SIZES
def test_all_images_are_there_by_month(visit, album, size):
    visitor = visit(site=album, size=size)
    expect(visitor.page.get_by_role("region", name="December 2025")).to_be_visible()
    expect(tile(visitor, 0).get_by_role("img")).to_have_attribute("alt", "2025-12-00.jpg")
    assert tiles(visitor).count() < 100, "only what is seen is in the page"
    visitor.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(visitor.page.get_by_role("region", name="January 2025")).to_be_visible()
    expect(tile(visitor, 359).get_by_role("img")).to_have_attribute("alt", "2025-01-29.jpg")
    assert tiles(visitor).count() < 100


def test_a_search_narrows_it_and_clearing_brings_it_back(visit):
    visitor = visit()
    expect(visitor.page.get_by_role("region", name="Without a date")).to_be_visible()
    visitor.search("a red motorcycle")
    visitor.found()
    expect(visitor.page.locator(".timeline")).to_have_count(0)
    visitor.button("Clear").click()
    expect(tile(visitor, 0)).to_be_visible()


def test_filters_narrow_it(visit, album):
    visitor = visit("/?where=name%3D%222025-03-04.jpg%22", site=album)
    expect(tile(visitor, 0).get_by_role("img")).to_have_attribute("alt", "2025-03-04.jpg")
    expect(tiles(visitor)).to_have_count(1)


@SIZES
def test_the_scrubber_leads_to_a_month(visit, album, size):
    visitor = visit(site=album, size=size)
    slider = visitor.page.get_by_role("slider", name="Go to a month")
    expect(slider).to_have_attribute("aria-valuetext", "December 2025")
    slider.press("ArrowDown")
    slider.press("ArrowDown")
    expect(slider).to_have_attribute("aria-valuetext", "October 2025")
    slider.press("End")
    expect(visitor.page.get_by_role("region", name="January 2025")).to_be_in_viewport()
    box = slider.bounding_box()
    visitor.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 2)
    expect(tile(visitor, 0)).to_be_in_viewport()


def test_it_needs_no_mouse(visit, album):
    visitor = visit(site=album)
    tile(visitor, 0).focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowDown", "End", "Home"):
        visitor.page.keyboard.press(key)
    expect(tile(visitor, 0)).to_be_focused()
    for _ in range(12):
        visitor.page.keyboard.press("ArrowDown")
    below = visitor.page.locator(".timeline button:focus")
    expect(below).to_be_in_viewport()
    assert int(below.get_attribute("data-index")) > 60
    expect(below.get_by_role("img")).to_be_attached()
    visitor.page.keyboard.press("Enter")
    expect(visitor.dialog).to_contain_text("of 360")
    visitor.page.keyboard.press("ArrowRight")
    visitor.page.keyboard.press("Escape")
    expect(visitor.dialog).to_be_hidden()


@SIZES
def test_the_viewer_steps_through_the_timeline(visit, album, size):
    visitor = visit(site=album, size=size)
    tile(visitor, 2).click()
    expect(visitor.dialog).to_contain_text("3 of 360")
    visitor.button("Next").click()
    expect(visitor.dialog).to_contain_text("4 of 360")
    expect(visitor.dialog.get_by_role("img").first).to_have_attribute("alt", "2025-12-03.jpg")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "scheme", "lang"),
    [(DESKTOP, "light", "en-GB"), (PHONE, "dark", "fr-FR")],
    ids=["desktop-light", "phone-dark"],
)
def test_axe_finds_nothing_serious(visit, album, size, scheme, lang):
    visitor = visit(site=album, size=size, scheme=scheme, lang=lang)
    expect(tile(visitor, 0).get_by_role("img")).to_be_visible()
    assert serious(visitor) == []
    marks(visitor).first.dispatch_event("click")
    expect(visitor.page.get_by_role("toolbar")).to_be_visible()
    assert serious(visitor) == []


def serious(visitor):
    found = Axe().run(visitor.page).response["violations"]
    return [
        (one["id"], [node["html"] for node in one["nodes"]])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


def test_images_are_selected_one_by_one_and_as_a_range(visit, album):
    visitor = visit(site=album)
    bar = visitor.page.get_by_role("toolbar", name="Selection")
    tile(visitor, 1).hover()
    marks(visitor).nth(1).click()
    expect(bar).to_contain_text("1 selected")
    tile(visitor, 4).click(modifiers=["Shift"])
    expect(bar).to_contain_text("4 selected")
    tile(visitor, 2).click()
    expect(bar).to_contain_text("3 selected")
    visitor.page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    tile(visitor, 0).focus()
    visitor.page.keyboard.press("Shift+ArrowRight")
    visitor.page.keyboard.press("Shift+ArrowRight")
    expect(bar).to_contain_text("3 selected")
    visitor.page.keyboard.press("x")
    expect(bar).to_contain_text("2 selected")


def test_a_range_reaches_over_what_was_not_loaded(visit, album):
    visitor = visit(site=album)
    bar = visitor.page.get_by_role("toolbar", name="Selection")
    marks(visitor).first.dispatch_event("click")
    visitor.page.get_by_role("slider").press("End")
    expect(tile(visitor, 359).get_by_role("img")).to_be_attached()
    tile(visitor, 359).click(modifiers=["Shift"])
    expect(bar).to_contain_text("360 selected")


def test_a_long_press_selects_on_a_phone(visit, album):
    visitor = visit(site=album, size=PHONE)
    expect(tile(visitor, 0).get_by_role("img")).to_be_visible()
    press = "(node, type) => node.dispatchEvent(new PointerEvent(type, { pointerType: 'touch' }))"
    tile(visitor, 0).evaluate(press, "pointerdown")
    bar = visitor.page.get_by_role("toolbar", name="Selection")
    expect(bar).to_contain_text("1 selected")
    tile(visitor, 0).evaluate(press, "pointerup")
    tile(visitor, 1).tap()
    expect(bar).to_contain_text("2 selected")


def test_results_are_selected_and_exported(visit):
    visitor = visit("/?q=a+red+motorcycle")
    first = visitor.found()[0]
    visitor.page.locator("main ol input").first.dispatch_event("click")
    bar = visitor.page.get_by_role("toolbar", name="Selection")
    bar.get_by_role("button", name="Export").click()
    with visitor.page.expect_download() as download:
        bar.get_by_role("button", name="CSV table").click()
    text = download.value.path().read_text()
    assert text.startswith("id,source,width,height,")
    assert len(text.splitlines()) == 2
    assert first in text


@SIZES
def test_images_are_removed_once_confirmed(changing, visit, size):
    visitor = visit(site=changing, size=size)
    expect(tile(visitor, 0).get_by_role("img")).to_be_visible()
    before = visitor.page.evaluate("fetch('api/v1/collection').then((it) => it.json())")["images"]
    marks(visitor).first.dispatch_event("click")
    visitor.page.get_by_role("toolbar").get_by_role("button", name="Remove").click()
    expect(visitor.dialog).to_contain_text("Remove 1 image from the collection?")
    visitor.dialog.get_by_role("button", name="Remove").click()
    expect(visitor.dialog).to_be_hidden()
    expect(visitor.page.get_by_role("toolbar")).to_be_hidden()
    after = visitor.page.evaluate("fetch('api/v1/collection').then((it) => it.json())")["images"]
    assert after == before - 1
    expect(tile(visitor, 0).get_by_role("img")).to_have_attribute("alt", re.compile("2025-12"))
