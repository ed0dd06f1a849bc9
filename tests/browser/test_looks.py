import re
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from browser.pages import DESKTOP, PHONE

STATES = {
    "welcome": "/",
    "images": "/?q=a+red+motorcycle&t=-1:text:a+garage",
    "captions": "/?q=a+dog&view=texts",
    "map": "/?view=map",
    "duplicates": "/?view=duplicates",
}
_BACKGROUND = "getComputedStyle(document.body).backgroundColor"
_SMALL = """(least) => [...document.querySelectorAll('button, select, input, a')]
  .filter((node) => node.checkVisibility() && !node.closest('label') && !node.matches('.skip'))
  .map((node) => [node.getBoundingClientRect(), node])
  .filter(([box]) => box.width > 0 && Math.min(box.width, box.height) < least)
  .map(([box, node]) => `${node.outerHTML.slice(0, 80)} ${box.width}x${box.height}`)"""


@pytest.mark.parametrize("path", STATES.values(), ids=STATES)
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_is_wider_than_the_screen(visit, path, size):
    visitor = visit(path, size=size)
    visitor.settle()
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert visitor.page.evaluate(wide) <= 0


@pytest.mark.parametrize("path", STATES.values(), ids=STATES)
def test_a_finger_can_press_everything(visit, path):
    visitor = visit(path, size=PHONE)
    visitor.settle()
    assert visitor.page.evaluate(_SMALL, 32) == []


def test_images_keep_their_shape_and_rows_are_even(visit):
    visitor = visit("/?q=a+red+motorcycle+%2B+a+motorcycle")
    visitor.found()
    boxes = [tile.bounding_box() for tile in visitor.page.locator("ol .image").all()]
    assert boxes[0]["width"] / boxes[0]["height"] == pytest.approx(741 / 500, rel=0.01)
    for left, right in pairwise(boxes):
        if abs(left["y"] - right["y"]) < 2:
            assert left["height"] == pytest.approx(right["height"], abs=1)
    edge = visitor.page.locator("ol.images").bounding_box()
    first_row = [box for box in boxes if abs(box["y"] - boxes[0]["y"]) < 2]
    right = first_row[-1]["x"] + first_row[-1]["width"]
    assert right == pytest.approx(edge["x"] + edge["width"], abs=1)


def test_a_french_browser_gets_a_french_page(visit):
    visitor = visit(lang="fr-CA")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Que cherchez-vous ?")
    assert visitor.page.get_attribute("html", "lang") == "fr"


def test_french_scores_and_weights_have_a_decimal_comma(visit):
    visitor = visit("/?q=une+moto&t=0.5:text:rouge", lang="fr-FR")
    visitor.found()
    visitor.ask_for_names()
    expect(visitor.page.locator("ol .score").first).to_contain_text(re.compile(r"\d,\d\d$"))
    expect(visitor.page.get_by_label("Poids de rouge")).to_contain_text("×0,5")


def test_the_language_is_switched_and_remembered(visit):
    visitor = visit(lang="en-GB")
    visitor.button("Langue : français").click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Que cherchez-vous ?")
    visitor.page.reload()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Que cherchez-vous ?")


def test_dark_follows_the_system_until_someone_chooses(visit):
    visitor = visit(scheme="dark")
    dark = visitor.page.evaluate(_BACKGROUND)
    visitor.button("Appearance: System").click()
    light = visitor.page.evaluate(_BACKGROUND)
    assert dark != light
    visitor.page.reload()
    expect(visitor.button("Appearance: Light")).to_be_visible()
    assert visitor.page.evaluate(_BACKGROUND) == light
    visitor.button("Appearance: Light").click()
    assert visitor.page.evaluate(_BACKGROUND) == dark
