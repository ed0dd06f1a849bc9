from math import dist
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.pages import DESKTOP, PHONE


def drawn(visitor):
    """The canvas, when its 18 images are there."""
    canvas = visitor.page.locator("canvas")
    expect(canvas).to_have_attribute("data-points", "18")
    visitor.settle()
    return canvas


def places(visitor):
    """Where each image is on the screen, by its name."""
    query = {"terms": [{"text": "a photograph"}], "k": 18}
    hits = visitor.page.request.post(f"{visitor.site}/api/v1/search", data=query).json()["hits"]
    names = {hit["id"]: Path(hit["source"]).name for hit in hits}
    answer = visitor.page.request.get(f"{visitor.site}/api/v1/map?modality=image").json()
    box = visitor.page.locator("canvas").bounding_box()
    margin = 40
    width, height = box["width"] - 2 * margin, box["height"] - 2 * margin
    return {
        names[one["id"]]: (
            box["x"] + margin + one["x"] * width,
            box["y"] + margin + one["y"] * height,
        )
        for one in answer["points"]
    }


def loneliest(visitor):
    """The name and place of the image whose nearest neighbour is farthest: none lies over it."""
    found = places(visitor)

    def room(name):
        return min(dist(found[name], place) for other, place in found.items() if other != name)

    name = max(found, key=room)
    return name, found[name]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_is_drawn_in_colour(visit, size):
    assert colours(drawn(visit("/?view=map", size=size))) > 1000


def colours(canvas):
    """How many colours are drawn."""
    count = """(canvas) => {
      const { width, height } = canvas
      const { data } = canvas.getContext('2d').getImageData(0, 0, width, height)
      const seen = new Set()
      for (let i = 0; i < data.length; i += 4) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2])
      return seen.size
    }"""
    return canvas.evaluate(count)


def test_hovering_shows_a_thumbnail_and_a_click_opens_it(visit):
    visitor = visit("/?view=map")
    drawn(visitor)
    name, place = loneliest(visitor)
    visitor.page.mouse.move(*place)
    expect(visitor.page.locator(".card")).to_contain_text(name)
    visitor.page.mouse.click(*place)
    expect(visitor.dialog).to_contain_text(name)


def test_a_tap_shows_a_thumbnail_on_a_phone(visit):
    visitor = visit("/?view=map", size=PHONE)
    drawn(visitor)
    visitor.page.locator("canvas").scroll_into_view_if_needed()
    name, place = loneliest(visitor)
    visitor.page.touchscreen.tap(*place)
    expect(visitor.page.locator(".card")).to_contain_text(name)
    visitor.page.locator(".card").click()
    expect(visitor.dialog).to_contain_text(name)


def test_a_lasso_selects(visit):
    visitor = visit("/?view=map")
    drawn(visitor)
    visitor.button("Select").click()
    name, (x, y) = loneliest(visitor)
    visitor.page.mouse.move(x - 15, y - 15)
    visitor.page.mouse.down()
    for dx, dy in ((15, -15), (15, 15), (-15, 15), (-15, -15)):
        visitor.page.mouse.move(x + dx, y + dy, steps=3)
    visitor.page.mouse.up()
    expect(visitor.page.get_by_role("heading", name="1 selected")).to_be_visible()
    expect(visitor.page.locator("ol.images .name")).to_have_text([name])
    visitor.button("Clear selection").click()
    expect(visitor.page.locator("ol.images")).to_be_hidden()


def look(visitor, canvas):
    """What is drawn now."""
    visitor.page.wait_for_timeout(100)
    return canvas.evaluate("canvas => canvas.toDataURL()")


def test_keys_move_zoom_and_select(visit):
    visitor = visit("/?view=map")
    canvas = drawn(visitor)
    canvas.focus()
    seen = [look(visitor, canvas)]
    for key in ("+", "+", "ArrowRight", "ArrowDown"):
        canvas.press(key)
        seen.append(look(visitor, canvas))
    assert len(set(seen)) == len(seen), "a key changed nothing"
    visitor.button("Select all in view").click()
    some = visitor.page.locator("#selection")
    expect(some).not_to_have_text("18 selected")
    canvas.press("Escape")
    canvas.press("0")
    visitor.page.wait_for_timeout(100)
    visitor.button("Select all in view").click()
    expect(some).to_have_text("18 selected")


def test_captions_are_points_too(visit):
    visitor = visit("/?view=map")
    canvas = drawn(visitor)
    visitor.page.get_by_label("Show captions").check()
    expect(canvas).to_have_attribute("data-points", "62")


@pytest.mark.slow
def test_it_is_never_blank(visit):
    visitor = visit("/?view=map&q=a+cat")
    visitor.expected = ("readback",)
    canvas = drawn(visitor)
    box = canvas.bounding_box()
    corners = [(0.5, 0.5), (0.03, 0.03), (0.97, 0.03), (0.97, 0.97), (0.03, 0.97)]
    for x, y in corners:
        visitor.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        for _ in range(20):
            visitor.page.mouse.wheel(0, -100)
        visitor.page.wait_for_timeout(100)
        assert colours(canvas) > 100
        canvas.press("0")
    visitor.button("Filters").click()
    visitor.page.get_by_label("Custom filter").fill("width>=9999")
    visitor.button("Add").click()
    expect(visitor.button("Remove filter Width ≥ 9999")).to_be_visible()
    drawn(visitor)
    visitor.page.wait_for_timeout(100)
    assert colours(canvas) > 100
