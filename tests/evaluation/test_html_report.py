from __future__ import annotations

import re
from html.parser import HTMLParser


class Page(HTMLParser):
    """The URLs that a browser would load, and the text."""

    def __init__(self, text):
        super().__init__()
        self.loaded, self.words, self.open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.loaded += [v for k, v in attrs if k in {"src", "href", "xlink:href"} and v]
        if tag not in {"meta", "img", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.loaded += [v for k, v in attrs if k in {"src", "href", "xlink:href"} and v]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_the_page_is_self_contained_and_says_what_was_measured(report_folder):
    text = (report_folder / "report.html").read_text("utf-8")
    page = Page(text)
    assert page.open == [], "every element is closed"
    images = [one for one in page.loaded if not one.startswith("#")]
    assert len(images) > 10
    assert all(one.startswith("data:image/jpeg;base64,") for one in images)
    assert not re.search(r"url\((?!#)|@import", text), "no network"
    words = " ".join(page.words)
    for fact in ("fake@1", "colours, split test", "3 images; 6 captions in English", "1 May"):
        assert fact in words
    assert "visavis <evaluate>" in words
    assert "3 of 3 images have fewer than 5 captions in fr" in words
    assert "100 in 100" in words
