from __future__ import annotations

GZIP = {"Accept-Encoding": "gzip"}


def test_long_json_is_compressed_where_it_is_taken(client):
    plain = client.get("/api/v1/items", headers={"Accept-Encoding": "identity"})
    packed = client.get("/api/v1/items", headers=GZIP)
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.json() == plain.json()
    assert int(packed.headers["content-length"]) < len(plain.content) / 2


def test_other_answers_stay_as_they_are(client, ids):
    for path in ("/health/live", f"/api/v1/items/{ids['red']}/thumbnail", "/api/v1/items/ghost"):
        assert "content-encoding" not in client.get(path, headers=GZIP).headers
    assert client.head("/api/v1/items", headers=GZIP).status_code == 200
