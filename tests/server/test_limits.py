from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from server.client import problem, search
from visavis.server import limits

ASKED = {"terms": [{"text": "red"}]}


@pytest.fixture
def gate(collection, monkeypatch):
    """Lets searches pass only when it is set; `entered` is set when one waits."""
    gate, real = threading.Event(), collection.search
    gate.entered = threading.Event()

    def wait(*arguments, **options):
        gate.entered.set()
        assert gate.wait(30)
        return real(*arguments, **options)

    gate.set()
    monkeypatch.setattr(collection, "search", wait)
    yield gate
    gate.set()


def test_too_many_queries_at_once_are_told_to_come_back(serving, gate):
    client = serving(queries=1)
    gate.clear()
    gate.entered.clear()
    with ThreadPoolExecutor() as pool:
        first = pool.submit(client.post, "/api/v1/search", json=ASKED)
        assert gate.entered.wait(30)
        refused = problem(client.post("/api/v1/search", json=ASKED), 429)
        assert refused.headers["retry-after"] == "1"
        assert client.get("/health/live").status_code == 200
        gate.set()
        assert first.result().status_code == 200
    search(client, {"text": "red"})


def test_what_takes_too_long_is_given_up(serving, gate):
    client = serving(answer_seconds=0.1)
    gate.clear()
    problem(client.post("/api/v1/search", json=ASKED), 504, "0.1 seconds")
    gate.set()
    search(client, {"text": "blue"})


def test_no_one_pages_for_ever(client, monkeypatch):
    monkeypatch.setattr(limits, "DEPTH", 4)
    first = search(client, {"text": "red"}, k=2, modality=None)
    second = search(client, {"text": "red"}, k=2, modality=None, cursor=first["cursor"])
    assert len(second["hits"]) == 2
    assert second["cursor"] is None
