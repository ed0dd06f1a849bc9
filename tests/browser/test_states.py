import json

import pytest
from playwright.sync_api import expect


def answering(status, body, **headers):
    return lambda route: route.fulfill(status=status, body=json.dumps(body), headers=headers)


def heading(visitor, words):
    return visitor.page.get_by_role("heading", name=words)


def test_without_a_server_it_says_so_and_tries_again(visit):
    visitor = visit()
    visitor.expected = ("ERR_INTERNET_DISCONNECTED",)
    visitor.context.set_offline(True)
    visitor.search("a red cup of coffee")
    expect(heading(visitor, "The server is not responding")).to_be_visible()
    visitor.context.set_offline(False)
    assert visitor.found()[0] == "coffee.png"


def test_results_stay_when_the_connection_goes_and_more_come_when_it_is_back(visit):
    visitor = visit("/?q=a&view=texts", size={"viewport": {"width": 390, "height": 300}})
    visitor.expected = ("ERR_INTERNET_DISCONNECTED",)
    expect(visitor.page.locator("ol.texts li")).to_have_count(24)
    visitor.context.set_offline(True)
    visitor.page.mouse.wheel(0, 5000)
    expect(visitor.page.get_by_text("The server is not responding")).to_be_visible()
    expect(visitor.page.locator("ol.texts li")).to_have_count(24)
    visitor.context.set_offline(False)
    expect(visitor.page.locator("ol.texts li")).to_have_count(44)
    expect(visitor.page.get_by_text("The server is not responding")).to_be_hidden()


def test_an_error_is_told_in_the_words_of_the_server(visit):
    visitor = visit()
    visitor.expected = ("422",)
    visitor.search("coffee - coffee")
    expect(visitor.page.get_by_role("alert")).to_contain_text("cancel each other out")
    expect(visitor.button("Try again")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/?q=caf%C3%A9+-+caf%C3%A9", "Les termes de la recherche s’annulent"),
        ("/?q=chat&where=naem%3Dx", "Aucun élément n’a de champ naem. Champs existants : bytes"),
        ("/?q=chat&where=chat", "Le filtre « chat » n’est pas de la forme clé=valeur"),
        ("/?q=chat&where=width%3Da", "les valeurs du champ width sont d’un autre type"),
        ("/?q=chat&where=source%3Da", "Le champ source n’est pas montré"),
        ("/?q=chat&sort=taken&where=rating%3D5", "Aucun élément n’a de champ rating"),
    ],
)
def test_in_french_the_server_is_translated(visit, path, words):
    visitor = visit(path, lang="fr-FR")
    visitor.expected = ("422",)
    visitor.complaints.clear()
    expect(visitor.page.get_by_role("alert")).to_contain_text(words)
    visitor.complaints.clear()


def test_a_busy_server_is_asked_again(visit):
    visitor = visit()
    visitor.expected = ("429",)
    busy = answering(429, {"detail": "too many queries"}, **{"Retry-After": "1"})
    visitor.page.route("**/api/v1/search", busy, times=1)
    visitor.search("a red cup of coffee")
    expect(heading(visitor, "The server is busy")).to_be_visible()
    assert visitor.found()[0] == "coffee.png"


def test_a_caption_cannot_turn_itself_around(visit):
    visitor = visit("/?view=texts")
    hit = {"id": "a", "modality": "text", "source": "s", "metadata": {}, "score": 0.5, "box": None}
    hits = [{**hit, "text": "a \u202egpj.exe\u202c cat"}]
    answer = {
        "hits": hits,
        "cursor": None,
        "took_ms": 1,
        "unknown_words": [],
        "relevance_cut": None,
    }
    answer = answering(200, answer)
    visitor.page.route("**/api/v1/search", answer)
    visitor.search("cat")
    assert visitor.found() == ["a gpj.exe cat"]


def test_a_caption_of_another_direction_is_apart_from_what_is_around_it(visit):
    visitor = visit("/?view=texts")
    hit = {"id": "a", "modality": "text", "source": "s", "metadata": {}, "score": 0.5, "box": None}
    arabic, english = "\u0642\u0637\u0629 2 (cat)!", "a cat (2)!"
    hits = [{**hit, "text": arabic}, {**hit, "id": "b", "text": english}]
    answer = {"hits": hits, "cursor": None, "took_ms": 1, "unknown_words": []}
    visitor.page.route("**/api/v1/search", answering(200, {**answer, "relevance_cut": None}))
    visitor.search("cat")
    assert visitor.found() == [arabic, english]
    way = "(its) => its.map((it) => [getComputedStyle(it).direction, getComputedStyle(it).unicodeBidi])"
    ways = visitor.page.locator("ol .text").evaluate_all(way)
    assert ways == [["rtl", "isolate"], ["ltr", "isolate"]]


def test_an_image_too_large_and_a_slow_search_are_explained(visit):
    visitor = visit()
    visitor.expected = ("413", "504")
    visitor.page.route("**/api/v1/search", answering(413, {}))
    visitor.search("a red cup of coffee")
    expect(heading(visitor, "The image is too large")).to_be_visible()
    visitor.page.unroute("**/api/v1/search")
    visitor.page.route("**/api/v1/search", answering(504, {}), times=1)
    visitor.button("Try again").click()
    expect(heading(visitor, "The search took too long")).to_be_visible()


def test_a_key_is_asked_for_and_kept_in_this_tab(visit, served_with_key):
    address, key = served_with_key
    visitor = visit("/?q=a+red+cup+of+coffee", site=address)
    visitor.expected = ("401",)
    visitor.complaints.clear()  # The first answer may have been a 401 already.
    expect(heading(visitor, "This collection needs a key")).to_be_visible()
    visitor.page.get_by_label("Key").fill("wrong")
    visitor.button("Open").click()
    expect(visitor.page.get_by_role("alert")).to_contain_text("Unknown key")
    visitor.page.get_by_label("Key").fill(key)
    visitor.button("Open").click()
    assert visitor.found()[0] == "coffee.png"
    loaded = "() => document.querySelector('ol img')?.naturalWidth > 0"
    visitor.page.wait_for_function(loaded)
    visitor.page.reload()
    assert visitor.found()[0] == "coffee.png"
    visitor.page.locator("main ol button").first.click()
    expect(visitor.dialog.get_by_role("img", name="coffee.png")).to_be_visible()
    assert visitor.page.evaluate("localStorage.length") == 0


def test_an_unknown_address_leads_to_the_page(visit):
    visitor = visit("/a/b")
    visitor.complaints.clear()  # Chromium reports the 404 of the page itself.
    expect(heading(visitor, "There is nothing at this address")).to_be_visible()
    visitor.page.get_by_role("link", name="Search the collection").click()
    expect(visitor.field).to_be_visible()


def test_an_empty_collection_says_what_to_do(visit):
    visitor = visit()
    info = {"name": "photos", "images": 0, "texts": 0, "regions": 0, "indexing": None}
    visitor.page.route("**/api/v1/collection", answering(200, info))
    visitor.page.reload()
    expect(heading(visitor, "This collection is empty")).to_be_visible()
    expect(visitor.page.locator("code")).to_contain_text("visavis index")


def test_indexing_shows_how_far_it_is(visit):
    visitor = visit()
    info = {"name": "photos", "images": 5, "texts": 0, "regions": 0}
    states = [{"done": 5, "total": 20}, None]
    respond = [answering(200, {**info, "indexing": state}) for state in states]
    visitor.page.route("**/api/v1/collection", respond[1])
    visitor.page.route("**/api/v1/collection", respond[0], times=1)
    visitor.page.reload()
    bar = visitor.page.get_by_role("progressbar")
    expect(bar).to_have_attribute("value", "5")
    expect(bar).to_be_hidden()
