"""What results show until someone asks for more, and where they begin."""

import pytest
from playwright.sync_api import expect

from browser.pages import DESKTOP, PHONE


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_names_and_scores_are_hidden_until_someone_asks(visit, size):
    visitor = visit("/?q=a+red+motorcycle", size=size)
    visitor.found()
    name = visitor.page.locator("main ol .name").first
    assert name.evaluate("(it) => it.offsetWidth") <= 1
    expect(visitor.page.locator(".score")).to_have_count(0)
    visitor.ask_for_names()
    assert name.evaluate("(it) => it.offsetWidth") > 40
    expect(visitor.page.locator(".score").first).to_be_visible()
    visitor.page.reload()
    expect(visitor.page.locator(".score").first).to_be_visible()


@pytest.mark.parametrize("lang", ["en-GB", "fr-FR"])
def test_on_a_phone_images_begin_in_the_first_quarter(visit, lang):
    visitor = visit(size=PHONE, lang=lang)
    visitor.search("a red motorcycle")
    visitor.found()
    top = visitor.page.locator("main ol").first.bounding_box()["y"]
    assert top <= PHONE["viewport"]["height"] / 4


@pytest.mark.parametrize("lang", ["en-GB", "fr-FR"])
def test_on_a_phone_they_do_so_with_terms_and_a_balance_too(visit, lang):
    visitor = visit(size=PHONE, lang=lang)
    listed = visitor.page.request.get(f"{visitor.site}/api/v1/items?modality=image&limit=1")
    item = listed.json()["items"][0]["id"]
    terms = "&t=-1:text:a+garage&t=1:text:a+very+long+term+that+needs+a+line&t=1:image:" + item
    terms += "&regions=1"
    visitor.page.goto(f"{visitor.site}/?q=a+red+motorcycle{terms}")
    visitor.found()
    expect(visitor.page.locator(".balance")).to_be_visible()
    top = visitor.page.locator("main ol").first.bounding_box()["y"]
    assert top <= PHONE["viewport"]["height"] / 4


def test_on_a_phone_they_do_so_with_an_own_image_whose_note_is_there_on_request(visit):
    visitor = visit(size=PHONE)
    visitor.drop("cat.png")
    visitor.found()
    assert visitor.page.locator("main ol").first.bounding_box()["y"] <= 844 / 4
    note = visitor.page.get_by_text("Your own image stays in this tab")
    expect(note).to_be_hidden()
    visitor.button("About your own image").click()
    expect(note).to_be_visible()


def test_on_a_phone_the_tools_of_the_field_are_there_while_it_is_used(visit):
    visitor = visit("/?q=a+man", size=PHONE)
    visitor.found()
    expect(visitor.button("Not…")).to_be_hidden()
    visitor.field.tap()
    visitor.field.fill("a motorcycle")
    visitor.button("Not…").tap()
    expect(visitor.page.locator(".chips li")).to_have_count(1)
    expect(visitor.field).to_be_focused()


def test_in_the_dark_the_selected_view_is_lighter_than_the_others(visit):
    visitor = visit("/?view=texts", scheme="dark")
    light = """(button) => {
      const [r, g, b] = getComputedStyle(button).backgroundColor.match(/[\\d.]+/g).map(Number)
      return r + g + b
    }"""
    chosen = visitor.button("Captions").evaluate(light)
    track = visitor.page.locator(".views").evaluate(light)
    assert chosen > track + 60
