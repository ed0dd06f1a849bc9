import base64
import re
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from playwright.sync_api import expect

from browser.pages import DESKTOP, PHONE


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_words_find_images(visit, size):
    visitor = visit(size=size)
    visitor.search("a red motorcycle")
    assert set(visitor.found()[:2]) == {"motorcycle.png", "motorcycle-again.png"}
    visitor.ask_for_names()
    expect(visitor.page.locator(".score").first).to_contain_text(re.compile(r"\d+%"))


def test_typing_searches_when_it_rests(visit):
    visitor = visit()
    asked = []
    visitor.page.on("request", lambda it: "/search" in it.url and asked.append(it.post_data_json))
    stop_the_clock(visitor)
    for text in ("a", "a man", "a man with a camera"):
        visitor.field.fill(text)
        expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
    visitor.page.clock.run_for(300)
    expect(visitor.page).to_have_title("a man with a camera · visavis")
    assert visitor.found()[0] == "photographer.png"
    visitor.field.fill("a man with a camera - snow")
    visitor.page.clock.run_for(300)
    expect(visitor.page).to_have_title("a man with a camera - snow · visavis")
    visitor.found()
    assert [query["terms"] for query in asked] == [
        [{"weight": 1, "text": "a man with a camera"}],
        [{"weight": 1, "text": "a man with a camera"}, {"weight": -1, "text": "snow"}],
    ]
    visitor.field.fill("a man with a camera")
    visitor.page.clock.run_for(300)
    assert visitor.found()[0] == "photographer.png"
    assert len(asked) == 2, "the answer is still known"
    visitor.page.go_back()
    expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
    expect(visitor.field).to_have_value("")


def test_what_is_typed_does_not_mix_with_what_was_searched(visit):
    visitor = visit("/?q=a&view=texts", size={"viewport": {"width": 390, "height": 300}})
    expect(visitor.page.locator("ol.texts li")).to_have_count(24)
    stop_the_clock(visitor)
    visitor.field.fill("snow")
    with visitor.page.expect_request("**/api/v1/search") as request:
        visitor.page.mouse.wheel(0, 5000)
    assert request.value.post_data_json["terms"] == [{"weight": 1, "text": "a"}]
    expect(visitor.page.locator("ol.texts li")).to_have_count(44)


def test_a_query_in_the_address_is_split_into_terms(visit):
    visitor = visit("/?q=a+man+%2B+a+camera+-+a+motorcycle")
    assert visitor.found()[0] == "photographer.png"
    with visitor.page.expect_request("**/api/v1/search") as request:
        visitor.button("Captions").click()
    assert [term["weight"] for term in request.value.post_data_json["terms"]] == [1, 1, -1]


def stop_the_clock(visitor):
    """Let the page's timers run only when the test says so."""
    visitor.page.clock.install()
    visitor.page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))


def test_french_words_find_images(visit):
    visitor = visit(lang="fr-FR")
    visitor.search("un homme avec un appareil photo")
    assert visitor.found()[0] == "photographer.png"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_dropped_image_finds_images(visit, size):
    visitor = visit(size=size)
    visitor.drop("motorcycle.png")
    assert visitor.found()[:2] == ["motorcycle.png", "motorcycle-again.png"]


def test_a_picked_image_finds_images(visit):
    visitor = visit()
    with visitor.page.expect_file_chooser() as chooser:
        visitor.button("Add an image").click()
    chooser.value.set_files(visitor.photos / "cat.png")
    expect(visitor.page.locator(".chips img")).to_be_visible()
    assert visitor.found()[0] == "cat.png"


def test_a_pasted_image_finds_images(visit):
    visitor = visit()
    data = base64.b64encode((visitor.photos / "coffee.png").read_bytes()).decode()
    paste = """(data) => {
      const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
      const clipboardData = new DataTransfer()
      clipboardData.items.add(new File([bytes], 'pasted.png', { type: 'image/png' }))
      document.body.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, clipboardData }))
    }"""
    visitor.page.evaluate(paste, data)
    expect(visitor.page.locator(".chips img")).to_be_visible()
    assert visitor.found()[0] == "coffee.png"


def test_a_result_is_dragged_into_the_query(visit):
    visitor = visit("/?q=a+red+motorcycle")
    visitor.found()
    visitor.page.locator("main ol button").first.drag_to(visitor.field)
    expect(visitor.page).to_have_url(re.compile("t=1%3Aimage%3A"))


def test_a_phone_can_photograph(visit):
    visitor = visit(size=PHONE)
    with visitor.page.expect_file_chooser() as chooser:
        visitor.button("Take a photo").click()
    assert chooser.value.element.get_attribute("capture") == "environment"


def test_a_large_photograph_is_sent_small_and_upright(visit, tmp_path):
    with Image.open(visit().photos / "motorcycle.png") as photo:
        lying = photo.convert("RGB").resize((4000, 2700)).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # The camera was turned: to be shown turned clockwise.
    lying.save(tmp_path / "large.jpg", exif=exif)
    visitor = visit()
    visitor.page.set_input_files("input[type=file] >> nth=0", tmp_path / "large.jpg")
    expect(visitor.page.locator(".chips img")).to_be_visible()
    size = visitor.page.locator(".chips img").evaluate(
        "(it) => [it.naturalWidth, it.naturalHeight]"
    )
    assert size == [1600, 1080]
    assert visitor.found()[0].startswith("motorcycle")


def test_what_is_not_an_image_is_refused_in_one_line(visit, tmp_path):
    visitor = visit()
    (tmp_path / "notes.png").write_text("no image")
    visitor.page.set_input_files("input[type=file] >> nth=0", tmp_path / "notes.png")
    expect(visitor.page.get_by_role("alert")).to_contain_text("cannot open notes.png as an image")


def test_a_region_asks_for_less_than_the_image(visit):
    visitor = visit()
    visitor.drop("motorcycle.png")
    whole = visitor.found()
    visitor.ask_for_names()
    scores = visitor.page.locator(".score").all_inner_texts()
    visitor.button("Choose a region of your image").click()
    stage = visitor.page.locator("dialog [role=application]").bounding_box()
    x, y, width, height = (stage[side] for side in ("x", "y", "width", "height"))
    visitor.page.mouse.move(x + 0.6 * width, y + 0.05 * height)
    visitor.page.mouse.down()
    visitor.page.mouse.move(x + 0.95 * width, y + 0.4 * height, steps=4)
    visitor.page.mouse.up()
    frame = visitor.page.locator("dialog [role=application]").get_attribute("aria-label")
    # The image is 741 x 500.
    expected = (0.6 * 741, 0.05 * 500, 0.35 * 741, 0.35 * 500)
    assert [int(side) for side in re.findall(r"\d+", frame)] == pytest.approx(expected, abs=6)
    visitor.button("Use this region").click()
    expect(visitor.dialog).to_be_hidden()
    assert sorted(visitor.found()) == sorted(whole)
    assert visitor.page.locator(".score").all_inner_texts() != scores


def test_an_image_and_words_are_balanced(visit):
    visitor = visit()
    slider = visitor.page.get_by_role("slider", name="Balance")
    visitor.drop("motorcycle.png")
    expect(slider).to_be_hidden()
    visitor.search("a red cup of coffee")
    visitor.found()
    with visitor.page.expect_response("**/api/v1/search"):
        slider.fill("0")
    assert visitor.found()[0] == "motorcycle.png"
    with visitor.page.expect_response("**/api/v1/search"):
        slider.fill("1")
    assert visitor.found()[0] == "coffee.png"
    assert "balance=1" in visitor.page.url


def test_terms_are_added_subtracted_and_weighed(visit):
    visitor = visit()
    visitor.search("a man + a camera - a motorcycle")
    assert visitor.found()[0] == "photographer.png"
    terms = visitor.page.get_by_role("list", name="Search terms").get_by_role("listitem")
    expect(terms).to_have_count(2)
    expect(visitor.field).to_have_value("a man")
    visitor.page.get_by_label("Weight of a motorcycle").select_option("2")
    expect(visitor.page).to_have_url(re.compile("t=-2%3Atext%3Aa\\+motorcycle"))
    visitor.button("Include a motorcycle").click()
    expect(visitor.page).to_have_url(re.compile("t=2%3Atext%3Aa\\+motorcycle"))
    expect(visitor.page.locator("main ol .name").nth(1)).to_contain_text("motorcycle")
    visitor.button("Remove a motorcycle").click()
    expect(terms).to_have_count(1)
    visitor.button("Clear").click()
    expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()


def test_words_in_the_field_become_a_term_without(visit):
    visitor = visit()
    visitor.field.fill("a motorcycle")
    visitor.button("Not…").click()
    expect(visitor.field).to_be_focused()
    expect(visitor.field).to_have_value("")
    assert not visitor.found()[0].startswith("motorcycle")
    visitor.field.press("Backspace")
    expect(visitor.field).to_have_value("a motorcycle")


def test_of_many_terms_the_first_are_searched(visit):
    visitor = visit()
    visitor.search(" + ".join(["a cup of coffee", *(f"cat {n}" for n in range(17))]))
    expect(visitor.page.get_by_text("Only the first 16 terms are searched")).to_be_visible()
    assert visitor.found()
    for n in (16, 15):
        visitor.button(f"Remove cat {n}").click()
    expect(visitor.page.get_by_text("Only the first 16 terms are searched")).to_be_hidden()
    assert visitor.found()


def test_captions_only(visit):
    visitor = visit()
    visitor.drop("coffee.png")
    visitor.button("Captions").click()
    expect(visitor.page.locator("ol.texts li")).not_to_have_count(0)
    texts = visitor.found()
    assert any("coffee" in text or "café" in text for text in texts[:4])


@pytest.mark.parametrize(("lang", "own"), [("en-GB", "EN"), ("fr-FR", "FR")])
def test_captions_in_the_language_of_the_page_come_first(visit, lang, own):
    visitor = visit("/?q=a+cat&view=texts", lang=lang)
    visitor.found()
    langs = visitor.page.locator(".lang").all_inner_texts()
    assert len(set(langs)) == 2
    assert langs == sorted(langs, key=lambda one: one != own)


def test_a_filter_narrows_the_captions(visit):
    visitor = visit("/?q=a+cat&view=texts")
    visitor.button("Filters").click()
    with visitor.page.expect_response("**/api/v1/search"):
        visitor.page.locator("#filters select").select_option("fr (22)")
    visitor.found()
    assert set(visitor.page.locator(".lang").all_inner_texts()) == {"FR"}
    visitor.button("Remove filter Language: fr").click()
    expect(visitor.page.locator(".lang", has_text="EN").first).to_be_visible()


def test_images_are_not_filtered_by_what_only_captions_have(visit):
    visitor = visit("/?q=a+cat")
    visitor.button("Filters").click()
    menus = visitor.page.locator("#filters select")
    visitor.button("Captions").click()
    expect(visitor.page.locator("#filters label", has_text="lang")).to_be_visible()
    visitor.button("Images").click()
    expect(visitor.page.locator("#filters label", has_text="lang")).to_be_hidden()
    expect(menus).to_have_count(0)


def test_a_filter_that_nothing_meets_says_so(visit):
    visitor = visit("/?q=a+cat&where=width>=9999")
    expect(visitor.page.get_by_role("heading", name="No results")).to_be_visible()


def test_regions_are_framed(visit):
    visitor = visit("/?q=a+black+coat")
    with visitor.page.expect_response("**/api/v1/search"):
        visitor.page.get_by_label("Search regions").check()
    visitor.found()
    assert "regions=1" in visitor.page.url
    frame = visitor.page.locator("ol .box").first.bounding_box()
    image = visitor.page.locator("ol li:has(.box) .image").first.bounding_box()
    assert 0.2 < frame["width"] / image["width"] < 0.9
    assert frame["x"] >= image["x"] - 3


def test_more_results_come_while_scrolling(visit):
    visitor = visit("/?q=a&view=texts", size={"viewport": {"width": 390, "height": 300}})
    expect(visitor.page.locator("ol.texts li")).to_have_count(24)
    visitor.page.mouse.wheel(0, 5000)
    expect(visitor.page.locator("ol.texts li")).to_have_count(44)
    expect(visitor.button("Show more")).to_be_hidden()


def first_page(route):
    route.continue_(post_data={**route.request.post_data_json, "cursor": None})


def test_a_page_that_repeats_results_shows_them_once(visit):
    visitor = visit()
    visitor.page.set_viewport_size({"width": 390, "height": 300})
    visitor.page.route("**/api/v1/search", first_page)
    visitor.button("Captions").click()
    visitor.search("a")
    expect(visitor.page.locator("ol.texts li")).to_have_count(24)
    with visitor.page.expect_response("**/api/v1/search"):
        visitor.button("Show more").click()
    expect(visitor.page.locator("ol.texts li")).to_have_count(24)
