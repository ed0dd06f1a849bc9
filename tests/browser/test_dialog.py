import re

from playwright.sync_api import expect

from browser.pages import PHONE


def test_it_shows_the_image_and_its_nearest_captions(visit):
    visitor = visit("/?q=a+red+cup+of+coffee")
    visitor.open_first()
    expect(visitor.dialog.get_by_role("img", name="coffee.png")).to_be_visible()
    expect(visitor.dialog).to_contain_text("a red cup of coffee on a wooden table")


def test_arrows_step_and_escape_closes(visit):
    visitor = visit("/?q=a+red+motorcycle+%2B+a+motorcycle")
    visitor.open_first()
    expect(visitor.dialog).to_contain_text("1 of 18")
    visitor.page.keyboard.press("ArrowRight")
    expect(visitor.dialog).to_contain_text("2 of 18")
    visitor.button("Next").click()
    expect(visitor.dialog).to_contain_text("3 of 18")
    visitor.page.keyboard.press("ArrowLeft")
    expect(visitor.dialog).to_contain_text("2 of 18")
    visitor.page.keyboard.press("Escape")
    expect(visitor.dialog).to_be_hidden()
    expect(visitor.page).not_to_have_url(re.compile("open="))


def test_focus_stays_inside_and_returns(visit):
    visitor = visit("/?q=a+red+motorcycle")
    visitor.open_first()
    inside = (
        "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
    )
    for _ in range(30):
        visitor.page.keyboard.press("Tab")
        assert visitor.page.evaluate(inside)
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.locator("main ol button").first).to_be_focused()
    visitor.open_first()
    visitor.button("Close").click()
    expect(visitor.page.locator("main ol button").first).to_be_focused()


def test_it_joins_the_query_as_a_term_without(visit):
    visitor = visit("/?q=a+red+motorcycle")
    visitor.open_first()
    visitor.button("Less like this").click()
    expect(visitor.dialog).to_be_hidden()
    expect(visitor.page).to_have_url(re.compile("t=-1%3Aimage%3A"))
    expect(visitor.field).to_have_value("a red motorcycle")


def test_a_region_of_it_is_searched_by_keyboard(visit):
    visitor = visit("/?q=a+red+motorcycle")
    visitor.open_first()
    visitor.button("A region of this image").click()
    visitor.page.get_by_role("application").focus()
    visitor.page.keyboard.press("ArrowRight")
    visitor.page.keyboard.press("Shift+ArrowDown")
    visitor.button("Use this region").click()
    # 741 x 500: a frame in the middle, moved and made higher by a fiftieth of the longer side.
    expect(visitor.page).to_have_url(re.compile("%40200%2C125%2C371%2C265"))
    assert visitor.found()


def test_a_caption_shows_its_nearest_images(visit):
    visitor = visit("/?q=coffee&view=texts")
    visitor.open_first()
    names = visitor.dialog.locator(".name")
    expect(names.first).to_have_text("coffee.png")


def test_a_swipe_steps_on_a_phone(visit):
    visitor = visit("/?q=a+red+motorcycle+%2B+a+motorcycle", size=PHONE)
    visitor.open_first()
    swipe = """(node) => {
      const at = (type, clientX) => node.dispatchEvent(new PointerEvent(type, {
        clientX, clientY: 200, pointerType: 'touch', bubbles: true }))
      at('pointerdown', 300)
      at('pointerup', 120)
    }"""
    visitor.dialog.locator(".subject").evaluate(swipe)
    expect(visitor.dialog).to_contain_text("2 of 18")
