from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import pytest
from PIL import Image

from visavis.datasets import load_dataset
from visavis.datasets.addresses import kept_file
from visavis.datasets.fetching import FetchRules, fetch_images
from visavis.errors import DatasetError


def picture(width, height, kind="PNG"):
    buffer = BytesIO()
    Image.new("RGB", (width, height), "red").save(buffer, kind)
    return buffer.getvalue()


ANSWERS = {
    "/large": (200, picture(900, 600, "JPEG"), {}),
    "/small": (200, picture(8, 90), {}),
    "/page": (200, b"<html>", {}),
    "/missing": (404, b"", {}),
    "/moved": (302, b"", {"Location": "/a%20dog"}),
    "/file": (302, b"", {"Location": "file:///etc/hostname"}),
    "/mine": (200, picture(40, 40), {"X-Robots-Tag": "otherbot: noindex"}),
    "/private": (200, picture(40, 40), {"X-Robots-Tag": "noai, noimageai"}),
    "/cut": (200, picture(40, 40), {"Content-Length": "100000"}),
}


class Shop(BaseHTTPRequestHandler):
    """A server that remembers requests; `/flaky` fails once."""

    asked: list[str]

    def do_GET(self):
        code, body, headers = ANSWERS.get(self.path, (200, picture(40, 40), {}))
        if self.path == "/flaky" and self.path not in self.asked:
            code = 503
        self.asked.append(self.path)
        self.send_response(code)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Serve at the address returned, with requests in `shop.asked`."""
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    handler = type("Handler", (Shop,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        server.asked = handler.asked
        server.at = f"http://127.0.0.1:{server.server_port}"
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def table(place, shop):
    def write(*names):
        lines = "".join(f"{shop.at}{name},a thing {number}\n" for number, name in enumerate(names))
        return str(place("shop.csv", "url,title\n" + lines))

    return write


RULES = FetchRules(private=True, pause=0.01, threads=4)


def test_images_are_fetched_once_and_then_found_without_the_network(shop, table):
    path = table("/a dog?n=1&é", "/moved", "/a dog?n=1&é")
    with pytest.raises(DatasetError, match="is not fetched yet: see visavis fetch"):
        load_dataset(path)
    assert shop.asked == []
    report = fetch_images(path, rules=RULES)
    assert (report.fetched, report.earlier, report.failed) == (2, 0, ())
    assert "/a%20dog?n=1&%C3%A9" in shop.asked
    asked = len(shop.asked)
    dataset = load_dataset(path)
    assert [caption.text for caption in dataset.captions] == ["a thing 0", "a thing 1", "a thing 2"]
    assert len(dataset.images) == 2
    assert fetch_images(path, rules=RULES).earlier == 2
    assert len(shop.asked) == asked


def test_images_are_shrunk_and_kept_as_jpeg(shop, table):
    path = table("/large")
    fetch_images(path, rules=FetchRules(private=True, size=64))
    with Image.open(kept_file(f"{shop.at}/large")) as image:
        assert (image.format, image.size) == ("JPEG", (96, 64))


FAULTS = {
    "/missing": "HTTP 404",
    "/page": "not an image of a known kind",
    "/small": "only 8 × 90 pixels",
    "/private": "its owner forbids this (X-Robots-Tag: noai)",
    "/cut": "the connection ended early",
    "/file": "HTTP 302",
}


def test_failures_are_told_by_reason_and_the_others_are_kept(shop, table):
    report = fetch_images(table(*FAULTS, "/flaky", "/mine"), rules=RULES)
    assert report.fetched == 2
    found = {row.where.removeprefix(shop.at): row.reason for row in report.failed}
    assert found.keys() == FAULTS.keys()
    for name, fault in FAULTS.items():
        assert fault in found[name], name
    assert sum(report.reasons.values()) == len(FAULTS)
    attempts = {name: shop.asked.count(name) for name in ("/missing", "/flaky", "/cut")}
    assert attempts == {"/missing": 1, "/flaky": 2, "/cut": 3}


def test_what_is_too_large_or_too_slow_is_given_up(table):
    path = table("/large")
    (row,) = fetch_images(path, rules=FetchRules(private=True, most=1000)).failed
    assert row.reason == "larger than 0.001 MB"
    (row,) = fetch_images(path, rules=FetchRules(private=True, timeout=1e-6, retries=0)).failed
    assert row.reason in {"no answer in time", "too slow"}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "[::ffff:127.0.0.1]"])
def test_addresses_of_this_network_are_refused_unless_asked_for(host, shop, place, monkeypatch):
    if host.startswith("[") and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    monkeypatch.setenv("no_proxy", "*")
    path = place("shop.csv", f"url,title\nhttp://{host}:{shop.server_port}/a,a\n")
    (row,) = fetch_images(str(path), rules=FetchRules(retries=0)).failed
    assert "is in the local network: see --private" in row.reason
    assert shop.asked == []
