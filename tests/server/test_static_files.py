from __future__ import annotations

import gzip

import pytest
from starlette.testclient import TestClient

from server.client import problem
from visavis.server import create_app, static_files


@pytest.fixture
def client(collection, tmp_path, monkeypatch):
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><title>visavis</title>")
    (folder / "app.js").write_text("let a = 1;\n" * 1000)
    (folder / "404.html").write_text("<!doctype html><title>Not found</title>")
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr("visavis.server.app.FOLDER", folder)
    with TestClient(create_app(collection)) as client:
        yield client


def test_the_page_and_its_files(client):
    index = client.get("/")
    assert "<title>visavis</title>" in index.text
    assert index.headers["content-type"].startswith("text/html")
    script = client.get("/app.js")
    assert "javascript" in script.headers["content-type"]
    assert script.headers["cache-control"] == "no-cache"
    again = client.get("/app.js", headers={"If-None-Match": script.headers["etag"]})
    assert again.status_code == 304


def test_files_are_compressed_for_those_who_can_read_it(client):
    with client.stream("GET", "/app.js", headers={"Accept-Encoding": "gzip"}) as response:
        raw = b"".join(response.iter_raw())
        assert response.headers["content-encoding"] == "gzip"
        assert "Accept-Encoding" in response.headers["vary"]
    assert gzip.decompress(raw) == b"let a = 1;\n" * 1000
    plain = client.get("/app.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers


@pytest.mark.parametrize(
    "path", ["/nowhere", "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "//etc/passwd"]
)
def test_no_other_files(client, path):
    refused = problem(client.get(path, headers={"Accept": "*/*"}), 404)
    assert "secret" not in refused.text
    page = client.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "<title>Not found</title>" in page.text


def test_the_page_of_the_package_loads_nothing_from_elsewhere():
    index = static_files.FOLDER / "index.html"
    assert "http" not in index.read_text("utf-8").replace("http-equiv", "")
