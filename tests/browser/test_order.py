"""Images in the order of their date, within what is relevant."""

import re

import pytest
from playwright.sync_api import expect

from browser.pages import DESKTOP, PHONE


def order(visitor):
    """The menu of orders; on a phone, it waits behind the button of filters."""
    menu = visitor.page.get_by_role("combobox", name="Order")
    visitor.found()
    if not menu.is_visible():
        visitor.button("Filters").click()
    return menu


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_what_is_relevant_is_ordered_by_date(visit, size):
    visitor = visit("/?q=a+red+motorcycle", size=size)
    menu = order(visitor)
    likely = visitor.page.get_by_role("list", name="Images").locator(".name")
    with visitor.page.expect_request("**/api/v1/search") as request:
        menu.select_option("Newest first")
    assert request.value.post_data_json["sort"] == "-taken"
    expect(likely.nth(0)).to_have_text("motorcycle-again.png")
    expect(likely.nth(1)).to_have_text("motorcycle.png")
    expect(visitor.page.locator(".day").first).to_have_text("Jul 14, 2019")
    menu.select_option("Oldest first")
    expect(likely.nth(0)).to_have_text("motorcycle.png")
    expect(visitor.page).to_have_url(re.compile("sort=taken"))
    other = visit(visitor.page.url.removeprefix(visitor.site), size=size)
    assert other.found()[:2] == ["motorcycle.png", "motorcycle-again.png"]
    menu.select_option("Best match first")
    expect(visitor.page.locator(".day")).to_have_count(0)


def test_later_pages_join_the_order(visit):
    visitor = visit("/?q=a+motorcycle&sort=-taken")
    visitor.found()

    def one_by_one(route):
        route.continue_(post_data={**route.request.post_data_json, "k": 1})

    visitor.page.route("**/api/v1/search", one_by_one)
    visitor.search("a red motorcycle")
    images = visitor.page.locator("main ol li")
    expect(images).to_have_count(1)
    for count in (2, 3):
        visitor.button("Show more").click()
        expect(images).to_have_count(count)
    assert visitor.found()[:2] == ["motorcycle-again.png", "motorcycle.png"]


def test_captions_have_no_date_to_be_ordered_by(visit):
    visitor = visit("/?q=a+dog&view=texts")
    visitor.found()
    expect(visitor.page.get_by_role("combobox", name="Order")).to_have_count(0)
