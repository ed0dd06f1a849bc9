from __future__ import annotations

import asyncio
import tempfile
from contextlib import ExitStack

import pytest
from starlette.requests import Request

from server.client import form, problem
from visavis.server import limits
from visavis.server.body_memory import BodyMemory
from visavis.server.problems import Problem
from visavis.server.request_body import BodyReader

URL = "/api/v1/search"
JSON = {"Content-Type": "application/json"}


def multipart(content):
    return {"content": content, "headers": {"Content-Type": "multipart/form-data; boundary=b"}}


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "a;b;c"])
def test_other_kinds(client, kind):
    headers = {"Content-Type": kind}
    problem(client.post(URL, content=b"{}", headers=headers), 415, "multipart/form-data")


def test_too_large_by_its_own_word(client):
    headers = {**JSON, "Content-Length": str(10**30)}
    problem(client.post(URL, content=b"{}", headers=headers), 413, "20 MB")


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=b"])
def test_too_large_without_a_word(client, monkeypatch, kind):
    monkeypatch.setattr(limits, "BODY_BYTES", 1000)

    def chunks():
        yield b'--b\r\nContent-Disposition: form-data; name="query"\r\n\r\n'
        for _ in range(100):
            yield b"x" * 100

    problem(client.post(URL, content=chunks(), headers={"Content-Type": kind}), 413)


def test_a_file_that_is_too_large(client, monkeypatch):
    monkeypatch.setattr(limits, "UPLOAD_BYTES", 100)
    problem(client.post(URL, **form({"terms": []}, a=b"x" * 101)), 413)


def test_files_never_touch_the_disk(client, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    asked = form({"terms": [{"upload": "a"}]}, a=b"x" * 3_000_000)
    problem(client.post(URL, **asked), 422, "not an image")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        b"--b\r\n",
        b"--b\r\n\r\nx\r\n--b--\r\n",
        b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="query"; filename="f"\r\n\r\n{}',
        b"--b\r\n" + b"A: b\r\n" * 10_000 + b"\r\n",
        b"--b\r\n" + b"A" * 100_000,
    ],
)
def test_forms_that_are_none(client, content):
    response = client.post(URL, **multipart(content))
    problem(response, response.status_code)
    assert response.status_code in {400, 422}


@pytest.mark.parametrize("charset", ["utf-7", "idna", "base64", "zip", "no-such", "utf-16", "\0"])
def test_any_charset(client, charset):
    body = b'--b\r\nContent-Disposition: form-data; name="query"\r\n\r\n+2AA-{"\xff.\r\n--b--\r\n'
    kind = f"multipart/form-data; boundary=b; charset={charset}"
    response = client.post(URL, content=body, headers={"Content-Type": kind})
    assert response.status_code in {400, 422}
    problem(response, response.status_code)


def test_no_boundary(client):
    headers = {"Content-Type": "multipart/form-data"}
    problem(client.post(URL, content=b"x", headers=headers), 400, "boundary")


def test_parts_must_have_names_of_their_own(client):
    files = [("query", ("q", b"{}")), ("query", ("q", b"{}"))]
    problem(client.post(URL, files=files), 422, "two parts 'query'")
    problem(client.post(URL, files={"a": b""}), 422, "query")
    extra = {"data": {"query": "{}", "more": "x"}, "files": {"a": b""}}
    problem(client.post(URL, **extra), 422, "there may be query")


def test_too_many_parts(client):
    files = {f"f{n}": b"" for n in range(limits.TERMS + 1)}
    problem(client.post(URL, **form({}, **files)), 400, "Too many files")


def request(*chunks, pause=0.0):
    """Return a request whose body comes slowly."""
    waiting = [*chunks]

    async def receive():
        await asyncio.sleep(pause)
        if not waiting:
            return {"type": "http.disconnect"}
        body = waiting.pop(0)
        return {"type": "http.request", "body": body, "more_body": True}

    headers = [(b"content-type", b"application/json")]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def read(bodies, asked):
    async with bodies.reading(asked) as body:
        return body


def refused(bodies, asked):
    with pytest.raises(Problem) as problem:
        asyncio.run(read(bodies, asked))
    assert bodies.memory.held == 0
    return problem.value.status


def test_slow_and_vanished_clients_leave_nothing_behind():
    assert refused(BodyReader(0.1), request(*[b"x"] * 100, pause=0.03)) == 408
    assert refused(BodyReader(5), request(b"x", b"y")) == 400


def test_all_bodies_together_are_limited(monkeypatch):
    monkeypatch.setattr(limits, "HELD_BYTES", 10)
    assert refused(BodyReader(5), request(b"x" * 11)) == 429


def test_small_bodies_are_read_whatever_large_ones_are_held():
    memory, large = BodyMemory(), 27_000_000
    with ExitStack() as slow:

        def begin(client, count):
            slow.enter_context(memory.body(client))(count)

        for _ in range(3):
            begin("one", large)
        with pytest.raises(Problem, match="too much to read"):
            begin("one", large)
        begin("one", 1000)  # a search of the same client
        for number in range(5):
            begin(f"client {number}", large)
        with pytest.raises(Problem, match="too much to read"):
            begin("another", large)
        begin("another", 1000)
        assert memory.held == 8 * large + 2000
    assert memory.held == 0


def test_a_client_beyond_its_quota_is_refused(monkeypatch, client):
    monkeypatch.setattr(limits, "CLIENT_BYTES", 0)
    monkeypatch.setattr(limits, "SMALL_BYTES", 10)
    problem(client.post(URL, json={"terms": []}), 429, "too much to read")
