from __future__ import annotations

import pytest

from server.client import problem, search

ASKED = {"terms": [{"text": "red"}]}


@pytest.mark.parametrize("path", ["/health/live", "/nowhere", "/api/v1/items/ghost"])
def test_headers_on_every_answer(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/", "/api/v1/collection", "/api/v1/search", "/nowhere"])
def test_head_is_get_without_a_body(client, path):
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:8000", 200),
        ("LOCALHOST:8000", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:8000", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("localhost:8000@evil.example", 421),
        ("", 421),
    ],
)
def test_only_known_names_are_answered(serving, host, status):
    client = serving(hosts=("localhost", "127.0.0.1", "::1"))
    response = client.get("/health/live", headers={"Host": host})
    assert response.status_code == status
    if status != 200:
        problem(response, 421, "name")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://testserver"}, 200),
        ({"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "https://proxied.example", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "https://friend.example", "Sec-Fetch-Site": "cross-site"}, 200),
        ({"Origin": "HTTP://TestServer"}, 200),
        ({"Origin": "https://testserver"}, 403),
        ({"Origin": "ftp://testserver"}, 403),
        ({"Origin": "http://testserver:8001"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Origin": "http://testserver.evil.example"}, 403),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://x.example", "Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_pages_of_other_sites_may_not_post(serving, headers, status):
    client = serving(origins=("https://friend.example",))
    response = client.post("/api/v1/search", json=ASKED, headers=headers)
    assert response.status_code == status
    if status != 200:
        problem(response, 403, "other sites")


def test_other_origins_are_closed_unless_named(serving):
    friend = {"Origin": "https://friend.example"}
    ask = {**friend, "Access-Control-Request-Method": "POST"}
    closed = serving()
    assert "access-control-allow-origin" not in closed.get("/health/live", headers=friend).headers
    assert closed.options("/api/v1/search", headers=ask).status_code == 405
    opened = serving(origins=("https://friend.example",))
    answer = opened.get("/health/live", headers=friend)
    assert answer.headers["access-control-allow-origin"] == "https://friend.example"
    assert opened.options("/api/v1/search", headers=ask).status_code == 200
    other = opened.get("/health/live", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


def test_requests_are_counted_by_route_not_by_what_clients_make_up(client):
    search(client, {"text": "red"})
    for n in range(3):
        client.get(f"/api/v1/items/ghost{n}")
        client.get(f"/made/up/{n}")
        client.request(f"VERB{n}", "/made/up")
    page = client.get("/metrics").text
    assert 'visavis_requests_total{method="POST",route="/search",status="200"} 1.0' in page
    assert 'visavis_requests_total{method="GET",route="/items/{id}",status="404"} 3.0' in page
    assert 'method="VERB' not in page
    assert "made" not in page
    assert "visavis_queries_running" in page
