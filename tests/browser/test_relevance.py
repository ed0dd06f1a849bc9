"""Results below the model's cut fade out. Relevances are set here, whatever the model says."""

import re

import pytest
from playwright.sync_api import expect

from browser.pages import DESKTOP, PHONE


def judging(visitor, likely, unknown=()):
    """Let so many results be likely, of all that are found."""

    def answer(route):
        response = route.fetch()
        data = response.json()
        before = 0 if route.request.post_data_json["cursor"] is None else 24
        for rank, hit in enumerate(data["hits"], before):
            hit["relevance"] = 0.9 if rank < likely else 0.1
        data.update(relevance_cut=0.5, unknown_words=list(unknown))
        route.fulfill(response=response, json=data)

    visitor.page.route("**/api/v1/search", answer)


def unlikely(visitor):
    return visitor.page.get_by_role("list", name="Probably not what you are looking for")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_results_fade_out_and_more_are_shown_on_request(visit, size):
    visitor = visit(size=size)
    judging(visitor, likely=3)
    visitor.search("a cat")
    expect(visitor.page.get_by_role("list", name="Images").locator("li")).to_have_count(3)
    expect(unlikely(visitor).locator("li")).to_have_count(6)
    visitor.ask_for_names()
    expect(visitor.page.locator(".score").first).to_contain_text("90%")
    expect(visitor.page.locator(".took")).to_contain_text("3 results")
    opacity = "(it) => Number(getComputedStyle(it.querySelector('.image')).opacity)"
    assert unlikely(visitor).locator("li").first.evaluate(opacity) < 0.6
    visitor.button("Show more").click()
    expect(unlikely(visitor).locator("li")).not_to_have_count(6)
    photos = len(list(visitor.photos.iterdir()))
    visitor.page.mouse.wheel(0, 10_000)
    expect(visitor.page.locator("main ol li")).to_have_count(photos)


def test_if_nothing_is_likely_the_page_says_so(visit):
    visitor = visit()
    judging(visitor, likely=0, unknown=["asdfghjkl", "qwertz"])
    visitor.search("asdfghjkl qwertz")
    expect(visitor.page.get_by_text("Not known to the model: asdfghjkl, qwertz")).to_be_visible()
    expect(visitor.page.get_by_role("heading", name="Probably nothing here fits")).to_be_visible()
    expect(visitor.page.locator("main ol li")).to_have_count(6)


def test_in_french(visit):
    visitor = visit(lang="fr-FR")
    judging(visitor, likely=1, unknown=["qwertz"])
    visitor.search("un chat qwertz")
    expect(visitor.page.get_by_text("Inconnu du modèle : qwertz")).to_be_visible()
    visitor.ask_for_names()
    expect(visitor.page.locator(".score").first).to_contain_text(re.compile(r"90\s%"))


def test_all_are_shown_of_a_composed_query(visit):
    visitor = visit("/?q=a+man+%2B+a+camera")
    visitor.found()
    expect(unlikely(visitor)).to_have_count(0)
    expect(visitor.page.locator("main ol li").nth(7)).to_be_visible()
