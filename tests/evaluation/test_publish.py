from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser

import pytest

from visavis.errors import MissingExtraError, VisavisError
from visavis.evaluation import evaluate
from visavis.evaluation.publish import publish


class Page(HTMLParser):
    """What a browser would have to load, and the words."""

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


@pytest.fixture
def folder(dataset, encoder, tmp_path):
    reports = evaluate(encoder, dataset, "test", judge="tfidf")
    publish(tmp_path / "out", reports, {"Date": "1 May", "Command": "visavis <evaluate>"})
    return tmp_path / "out"


def test_everything_is_written(folder, dataset, encoder):
    assert {path.name for path in folder.iterdir()} == {
        "report.html",
        "report.json",
        *(f"{name}-{lang}.png" for name in ("curve", "tau") for lang in ("en", "fr")),
        "curve-en.csv",
        "curve-fr.csv",
    }
    assert (folder / "curve-en.png").read_bytes().startswith(b"\x89PNG")

    written = json.loads((folder / "report.json").read_text("utf-8"))
    expected = [r.details() for r in evaluate(encoder, dataset, "test", judge="tfidf")]
    assert written["reports"] == json.loads(json.dumps(expected))
    assert written["date"] == "1 May"


def test_the_page_is_whole_and_says_what_was_measured(folder):
    text = (folder / "report.html").read_text("utf-8")
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


def test_a_folder_that_cannot_be_is_named(dataset, encoder, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(VisavisError, match="file: cannot be written"):
        publish(tmp_path / "file", evaluate(encoder, dataset, "test", ["en"]), {})


def test_matplotlib_is_an_extra(dataset, encoder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"visavis\[plot\]"):
        publish(tmp_path / "out", evaluate(encoder, dataset, "test", ["en"]), {})
