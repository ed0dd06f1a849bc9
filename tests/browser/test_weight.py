"""What the first view weighs and how soon it can be used."""

import sys
from urllib.parse import urlparse

from playwright.sync_api import expect

FIRST_VIEW = 200_000
PAGE_ITSELF = 60_000


def weigh(visitor):
    """Return the compressed bytes of each answer by address, without the browser's cache."""
    names, weights = {}, {}
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.on(
        "Network.responseReceived",
        lambda event: names.update({event["requestId"]: event["response"]["url"]}),
    )
    session.on(
        "Network.loadingFinished",
        lambda event: weights.update({event["requestId"]: event["encodedDataLength"]}),
    )
    visitor.page.goto(visitor.site)
    visitor.settle()
    session.detach()
    return {names[key]: weight for key, weight in weights.items() if key in names}


def usable_after(visitor):
    """Return the milliseconds from asking for the page to words in its field."""
    visitor.page.goto(visitor.site)
    visitor.field.fill("a cat")
    return visitor.page.evaluate("performance.now()")


def test_the_first_view_is_light_and_quick(visit, capsys):
    visitor = visit()
    expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
    answers = weigh(visitor)
    total = sum(answers.values())
    itself = sum(weight for name, weight in answers.items() if "/api/" not in name)
    usable = min(usable_after(visit()) for _ in range(3))  # Others use this machine, too.
    with capsys.disabled():
        sys.stdout.write(
            f"\nfirst view: {total:,} bytes in {len(answers)} answers, {itself:,} of them "
            f"the page itself; usable after {usable:.0f} ms\n"
        )
    assert {urlparse(name).netloc for name in answers} == {urlparse(visitor.site).netloc}
    assert itself < PAGE_ITSELF
    assert total < FIRST_VIEW
    assert usable < 1000
