from __future__ import annotations

import pytest

from server.client import problem, search

OPEN = ["/health/live", "/health/ready", "/api/v1/openapi.json"]
READING = [
    ("GET", "/api/v1/changes"),
    ("GET", "/api/v1/collection"),
    ("GET", "/api/v1/duplicates"),
    ("GET", "/api/v1/events"),
    ("GET", "/api/v1/fields"),
    ("GET", "/api/v1/map"),
    ("GET", "/api/v1/items"),
    ("GET", "/api/v1/items/x"),
    ("GET", "/api/v1/items/x/image"),
    ("GET", "/api/v1/items/x/original"),
    ("GET", "/api/v1/items/x/thumbnail"),
    ("GET", "/api/v1/timeline"),
    ("GET", "/metrics"),
    ("POST", "/api/v1/describe"),
    ("POST", "/api/v1/download"),
    ("POST", "/api/v1/embed"),
    ("POST", "/api/v1/search"),
    ("POST", "/api/v1/thumbnails"),
]
WRITING = [
    ("POST", "/api/v1/items"),
    ("POST", "/api/v1/items/batch"),
    ("PATCH", "/api/v1/items"),
    ("PATCH", "/api/v1/items/x"),
    ("DELETE", "/api/v1/items/x"),
]


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def test_every_route_is_listed_here(client):
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    routes = {(m.upper(), path.replace("{id}", "x")) for path in paths for m in paths[path]}
    assert routes == {*READING, *WRITING, *(("GET", path) for path in OPEN[:2])}


@pytest.mark.parametrize("path", OPEN)
def test_open_without_a_key(serving, ring, path):
    ring.add("phone", "read")
    assert serving(keys=ring).get(path).status_code == 200


@pytest.mark.parametrize(("method", "path"), READING + WRITING)
@pytest.mark.parametrize("header", [{}, bearer("vsv_x"), bearer("é"), {"Authorization": "Basic x"}])
def test_nothing_without_a_known_key(serving, ring, method, path, header):
    ring.add("phone", "read")
    client = serving(keys=ring, write=True)
    header = {k: v.encode() for k, v in header.items()}
    refused = problem(client.request(method, path, headers=header), 401, "key")
    assert refused.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path"), WRITING)
def test_a_reader_cannot_write(serving, ring, method, path):
    client = serving(keys=ring, write=True)
    client.headers = bearer(ring.add("phone", "read"))
    search(client, {"text": "red"})
    problem(client.request(method, path), 403, "read")


@pytest.mark.parametrize(("method", "path"), WRITING)
def test_no_one_writes_unless_it_is_enabled(serving, ring, method, path):
    client = serving(keys=ring)
    client.headers = bearer(ring.add("laptop", "write"))
    problem(client.request(method, path), 403, "--write")
    problem(serving().request(method, path), 403, "--write")


def test_a_removed_key_is_refused_at_once(serving, ring):
    client = serving(keys=ring)
    client.headers = bearer(ring.add("phone", "read"))
    search(client, {"text": "red"})
    ring.remove("phone")
    problem(client.post("/api/v1/search", json={"terms": [{"text": "red"}]}), 401)


def test_a_body_is_not_read_for_those_without_a_key(serving, ring):
    ring.add("phone", "read")
    client = serving(keys=ring)

    def endless():
        for _ in range(3):
            yield b"x"
        raise AssertionError

    headers = {"Content-Type": "application/json", "Content-Length": "28000000000"}
    problem(client.post("/api/v1/search", content=b"", headers=headers), 401)
