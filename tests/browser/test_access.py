import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from browser.pages import DESKTOP, PHONE

STATES = {
    "welcome": "/",
    "images": "/?q=a+red+motorcycle&t=-1:text:a+garage",
    "captions": "/?q=a+dog&view=texts",
    "map": "/?view=map",
    "duplicates": "/?view=duplicates",
    "nothing": "/?q=a+cat&where=width>=9999",
}
LOOKS = [(DESKTOP, "light", "en-GB"), (PHONE, "dark", "fr-FR")]


def serious(visitor):
    visitor.settle()
    found = Axe().run(visitor.page).response["violations"]
    return [
        (one["id"], [node["html"] for node in one["nodes"]])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("look", LOOKS, ids=["desktop-light", "phone-dark"])
def test_axe_finds_nothing_serious(visit, state, look):
    size, scheme, lang = look
    assert serious(visit(STATES[state], size=size, scheme=scheme, lang=lang)) == []


@pytest.mark.slow
@pytest.mark.parametrize("look", LOOKS, ids=["desktop-light", "phone-dark"])
def test_axe_finds_nothing_serious_in_dialogs_and_forms(visit, look):
    size, scheme, lang = look
    visitor = visit("/?q=a+red+motorcycle", size=size, scheme=scheme, lang=lang)
    visitor.page.locator("button[aria-controls=filters]").click()
    assert serious(visitor) == []
    visitor.open_first()
    assert serious(visitor) == []
    visitor.dialog.locator(".actions button").last.click()
    assert serious(visitor) == []


def test_a_search_needs_no_mouse(visit):
    visitor = visit()
    expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
    visitor.page.keyboard.press("/")
    expect(visitor.field).to_be_focused()
    visitor.page.keyboard.type("a red motorcycle")
    visitor.page.keyboard.press("Enter")
    visitor.found()
    first = visitor.page.locator("main ol button").first
    for _ in range(20):
        visitor.page.keyboard.press("Tab")
        if first.evaluate("(node) => node === document.activeElement"):
            break
    expect(first).to_be_focused()
    assert first.evaluate("(node) => getComputedStyle(node).outlineStyle") == "solid"
    visitor.page.keyboard.press("Enter")
    expect(visitor.dialog).to_be_visible()
