"""Signed addresses of thumbnails: without a key, for one image, until they expire."""

from __future__ import annotations

import stat
from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.testclient import TestClient

from server.client import problem
from visavis.server import Settings, create_app, signing
from visavis.server.keys import KeyFileError

URL = "/api/v1/thumbnails"


@pytest.fixture
def file(tmp_path):
    return tmp_path / signing.FILE


@pytest.fixture
def keyed(serving, ring, file):
    """A client of a server with a key that may read."""
    client = serving(keys=ring, signing=file)
    client.headers["Authorization"] = f"Bearer {ring.add('app', 'read')}"
    return client


def sign(client, *ids, **more):
    response = client.post(URL, json={"ids": list(ids), **more})
    assert response.status_code == 200, response.text
    return response.json()


def stranger(client):
    """The same server, without a key."""
    return TestClient(client.app, raise_server_exceptions=False)


def test_they_show_thumbnails_in_other_apps(keyed, ids):
    answer = sign(keyed, ids["red"], ids["blue"], "ghost", ids["bleu"], size=128)
    assert [each["id"] for each in answer["thumbnails"]] == [ids["red"], ids["blue"]]
    assert answer["unknown"] == ["ghost", ids["bleu"]]
    url = f"/api/v1/{answer['thumbnails'][0]['url']}"
    shown = stranger(keyed).get(url)
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["cross-origin-resource-policy"] == "cross-origin"
    assert shown.content == keyed.get(url.partition("&")[0]).content
    assert "vsv_" not in url
    for path in (url.partition("?")[0], f"/api/v1/items/{ids['red']}"):
        problem(stranger(keyed).get(path), 401)
    problem(stranger(keyed).post(URL, json={"ids": [ids["red"]]}), 401)


def test_for_nothing_else(keyed, ids):
    (one,) = sign(keyed, ids["red"])["thumbnails"]
    address = urlsplit(f"/api/v1/{one['url']}")
    right = dict(parse_qsl(address.query))
    assert stranger(keyed).get(address.path, params=right).status_code == 200
    for key, value in (
        ("size", "512"),
        ("expires", str(int(right["expires"]) + 60)),
        ("signature", right["signature"][:-1]),
        ("signature", ""),
        ("signature", "é"),
    ):
        asked = stranger(keyed).get(address.path, params={**right, key: value})
        problem(asked, 403, "signed")
    other = address.path.replace(ids["red"], ids["blue"])
    problem(stranger(keyed).get(other, params=right), 403)
    image = address.path.replace("/thumbnail", "/image")
    problem(stranger(keyed).get(image, params=right), 401)


def test_until_they_expire(keyed, ids, monkeypatch):
    answer = sign(keyed, ids["red"], seconds=60)
    url = f"/api/v1/{answer['thumbnails'][0]['url']}"
    assert stranger(keyed).get(url).status_code == 200
    monkeypatch.setattr(signing, "time", lambda: float(answer["expires"]))
    problem(stranger(keyed).get(url), 403, "expired")


def test_as_long_as_the_key_is_there(keyed, ring, ids):
    url = f"/api/v1/{sign(keyed, ids['red'])['thumbnails'][0]['url']}"
    ring.add("another", "read")
    assert stranger(keyed).get(url).status_code == 200
    ring.remove("app")
    problem(stranger(keyed).get(url), 403)


def test_another_process_and_the_next_start_accept_them(keyed, ring, file, collection, ids):
    url = f"/api/v1/{sign(keyed, ids['red'])['thumbnails'][0]['url']}"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    app = create_app(collection, Settings(threads=1, keys=ring, signing=file))
    with TestClient(app) as other:
        assert other.get(url).status_code == 200
    file.unlink()
    app = create_app(collection, Settings(threads=1, keys=ring, signing=file))
    with TestClient(app) as renewed:
        problem(renewed.get(url), 403)


def test_without_a_place_for_the_secret_they_end_with_the_server(tmp_path):
    lost = tmp_path / "not there" / signing.FILE
    assert signing.load_secret(lost) is None
    one = signing.Signer(lost, b"a" * 32, None)
    signature = one.sign("id", 256, 2**33, "")
    assert signing.Signer(None, b"a" * 32, None).is_valid("id", 256, 2**33, signature)
    assert not signing.Signer(None, b"b" * 32, None).is_valid("id", 256, 2**33, signature)


def test_a_file_with_something_else_is_not_taken_for_a_secret(file):
    file.write_text("hello")
    with pytest.raises(KeyFileError, match="remove it"):
        signing.load_secret(file)


@pytest.mark.parametrize("asked", [{"ids": []}, {"size": 100}, {"seconds": 59}, {"seconds": 10**9}])
def test_wrong_requests(keyed, asked):
    problem(keyed.post(URL, json={"ids": ["a"], **asked}), 422)
