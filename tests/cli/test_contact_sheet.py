import re
from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from PIL import Image

from visavis.cli.contact_sheet import THUMBNAIL, Section, write_sheet
from visavis.errors import VisavisError
from visavis.queries import image, text
from visavis.types import Box, Hit


class Page(HTMLParser):
    """The elements of a page and the text between them."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.words = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words.append(data)

    def images(self):
        return [attributes for tag, attributes in self.elements if tag == "img"]


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "wide.png"
    Image.new("RGB", (1200, 300), "red").save(path)
    return str(path)


def write(tmp_path, *sections, **options):
    write_sheet(tmp_path / "sheet.html", "a title", sections, **options)
    return (tmp_path / "sheet.html").read_text(encoding="utf-8")


def test_thumbnails_are_embedded_with_their_aspect_ratio(tmp_path, photo):
    page = Page(write(tmp_path, Section(text("red"), [Hit("a", 0.5, "image", photo)])))
    (shown,) = page.images()
    assert (int(shown["width"]), int(shown["height"])) == (THUMBNAIL, THUMBNAIL // 4)
    data = b64decode(shown["src"].removeprefix("data:image/jpeg;base64,"))
    assert Image.open(BytesIO(data)).size == (THUMBNAIL, THUMBNAIL // 4)
    assert "0.500" in "".join(page.words)


def test_the_page_needs_no_network(tmp_path, photo):
    html = write(tmp_path, Section(image(photo), [Hit("a", 0.5, "image", photo)]))
    assert not re.search(
        r"https?:|//|<script|<link|url\(", re.sub(r"base64,[^\"]+|file:///", "", html)
    )


def test_a_query_shows_its_weights_and_images(tmp_path, photo):
    query = image(photo, Box(0, 0, 600, 300)) + 2 * text("snow") - text("people")
    page = Page(write(tmp_path, Section(query, [], "what was asked"), heading="the heading"))
    (shown,) = page.images()
    assert (shown["width"], shown["height"]) == (str(THUMBNAIL), str(THUMBNAIL // 2))
    words = " ".join("".join(page.words).split())
    assert "the heading" in words
    assert (
        "what was askedwide.png @0,0,600,300+ 2 \N{MULTIPLICATION SIGN}snow\N{MINUS SIGN} peopleNothing found."
        in words.replace(" what", "what").replace(" Nothing", "Nothing")
    )


def test_html_in_texts_and_paths_is_escaped(tmp_path):
    evil = '<script>alert("1")</script> & "x"'
    hits = [Hit("a", 0.1, "text", "k", evil), Hit("b", 0.1, "image", f"/gone/{evil}")]
    page = Page(write(tmp_path, Section(text(evil), hits, evil), heading=evil))
    assert "script" not in {tag for tag, _ in page.elements}
    assert "".join(page.words).count(evil) == 4


def test_a_missing_image_leaves_a_placeholder(tmp_path, photo):
    hits = [Hit("a", 0.1, "image", "/gone/photo.jpg"), Hit("b", 0.1, "image", photo)]
    page = Page(write(tmp_path, Section(text("red"), hits)))
    assert len(page.images()) == 1
    assert ("div", {"class": "missing"}) in page.elements
    assert "photo.jpg" in "".join(page.words)


def test_an_image_given_as_bytes_is_shown(tmp_path, photo):
    query = image(Path(photo).read_bytes())
    assert len(Page(write(tmp_path, Section(query, []))).images()) == 1


def test_an_invalid_unicode_name_is_replaced(tmp_path):
    assert "caf?.jpg" in write(
        tmp_path, Section(text("red"), [Hit("a", 0.1, "image", "caf\udce9.jpg")])
    )


def test_a_page_replaces_pages_alone(tmp_path, photo):
    before = Path(photo).read_bytes()
    with pytest.raises(VisavisError, match="there is a file already, and it is no page"):
        write_sheet(Path(photo), "t", [])
    assert Path(photo).read_bytes() == before
    for begin in ("", "<!DOCTYPE html>\nolder"):
        (tmp_path / "page").write_text(begin)
        write_sheet(tmp_path / "page", "t", [])
        assert (tmp_path / "page").read_text().startswith("<!doctype html>")


def test_an_unwritable_page_is_named(tmp_path):
    with pytest.raises(VisavisError, match=r"no/sheet\.html: cannot be written"):
        write_sheet(tmp_path / "no" / "sheet.html", "t", [])


def test_an_image_opens_its_original_if_that_is_there(tmp_path):
    original = tmp_path / "a b&é.png"
    Image.new("RGB", (30, 20), "red").save(original)
    hits = [Hit("a", 0.5, "image", str(original)), Hit("b", 0.4, "image", str(tmp_path / "gone"))]
    page = Page(write(tmp_path, Section(text("red"), hits)))
    (link,) = [attributes["href"] for tag, attributes in page.elements if tag == "a"]
    assert link == original.as_uri()
    assert Path(unquote(urlsplit(link).path)) == original


def test_the_page_speaks_french(tmp_path, monkeypatch):
    monkeypatch.setenv("VISAVIS_LANG", "fr")
    html = write(tmp_path, Section(text("rien"), []))
    assert '<html lang="fr">' in html
    assert "Aucun résultat." in html
