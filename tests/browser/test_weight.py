"""What the first view weighs."""

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


def test_the_first_view_is_light(visit, capsys):
    visitor = visit()
    expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
    answers = weigh(visitor)
    total = sum(answers.values())
    itself = sum(weight for name, weight in answers.items() if "/api/" not in name)
    with capsys.disabled():
        sys.stdout.write(
            f"\nfirst view: {total:,} bytes in {len(answers)} answers, {itself:,} of them "
            "the page itself\n"
        )
    assert {urlparse(name).netloc for name in answers} == {urlparse(visitor.site).netloc}
    assert itself < PAGE_ITSELF
    assert total < FIRST_VIEW
