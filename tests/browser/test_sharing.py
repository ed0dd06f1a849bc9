from playwright.sync_api import expect

SLOWLY_BACK = """() => {
  const back = history.back.bind(history)
  history.back = () => void setTimeout(back, 300)
}"""


def test_a_search_is_shared_by_its_address(visit):
    one = visit()
    one.search("a man - a motorcycle")
    one.page.get_by_label("Weight of a motorcycle").select_option("0.5")
    found = one.found()
    other = visit(one.page.url.removeprefix(one.site))
    assert other.found() == found
    expect(other.field).to_have_value("a man")
    expect(other.page.get_by_label("Weight of a motorcycle")).to_have_value("0.5")


def test_an_item_of_the_collection_is_shared(visit):
    one = visit("/?q=a+red+motorcycle")
    first, second = one.found()[:2]
    one.open_first()
    one.button("Similar images").click()
    assert one.found()[:2] == [first, second]
    other = visit(one.page.url.removeprefix(one.site))
    assert other.found() == one.found()


def test_an_open_image_is_shared(visit):
    one = visit("/?q=a+red+motorcycle")
    first = one.found()[0]
    one.open_first()
    other = visit(one.page.url.removeprefix(one.site))
    expect(other.dialog).to_contain_text(first)


def test_a_link_with_an_item_that_was_removed_searches_without_it(visit):
    gone = "0" * 32
    visitor = visit(f"/?q=a+man+with+a+camera&t=1:image:{gone}")
    visitor.expected = ("404",)
    visitor.complaints.clear()
    note = visitor.page.get_by_text("no longer in the collection")
    expect(note).to_be_visible()
    assert visitor.found()[0] == "photographer.png"
    assert gone not in visitor.page.url
    visitor.search("a red motorcycle")
    expect(note).to_be_hidden()


def test_ones_own_image_is_not_shared_and_the_page_says_so(visit):
    visitor = visit()
    visitor.search("snow")
    visitor.drop("cat.png")
    expect(visitor.page.get_by_text("A link to this page searches without it")).to_be_visible()
    assert visitor.page.url == f"{visitor.site}/?q=snow"


def test_back_and_forward_walk_through_searches(visit):
    visitor = visit()
    visitor.search("a red cup of coffee")
    cups = visitor.found()
    visitor.drop("motorcycle.png")
    both = visitor.found()
    visitor.page.go_back()
    expect(visitor.page.locator(".chips")).to_be_hidden()
    assert visitor.found() == cups
    visitor.page.go_forward()
    expect(visitor.page.locator(".chips img")).to_be_visible()
    assert visitor.found() == both


def test_back_after_the_image_was_closed_leads_to_the_search_before(visit):
    visitor = visit()
    visitor.search("a red cup of coffee")
    visitor.open_first()
    visitor.page.evaluate(SLOWLY_BACK)
    visitor.page.keyboard.press("Escape")
    expect(visitor.dialog).to_be_hidden()
    assert visitor.page.url == f"{visitor.site}/?q=a+red+cup+of+coffee"
    assert visitor.found()[0] == "coffee.png"
    visitor.page.go_back()
    expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()


def test_back_after_a_search_from_the_image_leads_to_the_results(visit):
    visitor = visit("/?q=a+red+cup+of+coffee")
    visitor.open_first()
    visitor.button("Less like this").click()
    expect(visitor.page.locator(".chips li")).to_have_count(1)
    visitor.page.go_back()
    expect(visitor.page.locator(".chips")).to_be_hidden()
    expect(visitor.dialog).to_be_hidden()
    assert visitor.found()[0] == "coffee.png"


def test_back_closes_the_image_and_keeps_the_results(visit):
    visitor = visit("/?q=a+red+cup+of+coffee")
    visitor.open_first()
    visitor.page.go_back()
    expect(visitor.dialog).to_be_hidden()
    assert visitor.found()[0] == "coffee.png"
