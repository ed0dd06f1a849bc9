"""Server-Sent Events, over real connections."""

from __future__ import annotations

import json
import threading
from http.client import HTTPConnection
from time import monotonic, sleep

import pytest
import uvicorn

from server.client import problem
from visavis.indexing import IndexProgress, share_progress, share_uploads
from visavis.server import Settings, create_app, events
from visavis.server.run import listen


@pytest.fixture
def served(collection, tmp_path, monkeypatch):
    """A server in a thread: its application and port."""
    monkeypatch.setattr(events, "LOOK_SECONDS", 0.05)
    app = create_app(collection, Settings(folder=tmp_path / "c.visavis", threads=2))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            sleep(0.01)
        yield app.state.server, port
        app.state.server.events.close()
        server.should_exit = True
        thread.join()


class Listener:
    """A client that reads events one by one."""

    def __init__(self, port):
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.connection.request("GET", "/api/v1/events")
        self.response = self.connection.getresponse()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.response.close()
        self.connection.close()

    def next(self):
        """Return the name and data of the next event, or a comment and None."""
        lines = []
        while line := self.response.readline().decode().rstrip("\n"):
            lines.append(line)
        if lines[0].startswith(("retry", ":")):
            return lines[0], None
        name, data = (line.partition(": ")[2] for line in lines)
        return name, json.loads(data)

    def first(self):
        """Read what is told at the beginning."""
        assert self.next()[0].startswith("retry")
        return dict(self.next() for _ in range(3))


def wait_for(condition):
    end = monotonic() + 60
    while not condition():
        assert monotonic() < end
        sleep(0.01)


def test_changes_of_another_process_are_told(served, collection):
    _, port = served
    with Listener(port) as one, Listener(port) as other:
        generation = collection.store.generation
        for each in (one, other):
            assert each.response.getheader("content-type").startswith("text/event-stream")
            assert each.first() == {"generation": generation, "indexing": None, "uploading": None}
        collection.add_text("something new")
        for each in (one, other):
            assert each.next() == ("generation", generation + 1)


def test_the_progress_of_an_index_run_and_of_uploads(served, tmp_path):
    _, port = served
    folder = tmp_path / "c.visavis"
    with Listener(port) as client:
        client.first()
        with share_progress(str(folder), None) as share:
            share(IndexProgress(found=9, done=2, skipped=0, encoded=2, seconds=1))
            assert client.next() == ("indexing", {"done": 2, "total": 9})
        assert client.next() == ("indexing", None)
        with share_uploads(folder, 5), share_uploads(folder, 3):
            name, counts = client.next()
            assert name == "uploading"
            while counts["total"] < 8:
                counts = client.next()[1]
            assert counts == {"done": 0, "total": 8}


def test_a_heartbeat_when_nothing_happens(served, monkeypatch):
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0)
    with Listener(served[1]) as client:
        client.first()
        assert client.next()[0].startswith(":")


def test_a_client_that_goes_away_frees_its_place(served, monkeypatch):
    state, port = served
    monkeypatch.setattr(events, "LISTENERS", 1)
    with Listener(port) as client:
        client.first()
        assert state.events.listeners == 1
        with Listener(port) as refused:
            assert refused.response.status == 429
            assert json.loads(refused.response.read())["status"] == 429
    wait_for(lambda: not state.events.listeners)
    with Listener(port) as client:
        client.first()


def test_they_end_with_the_server_and_after_an_hour(served, monkeypatch):
    state, port = served
    with Listener(port) as client:
        client.first()
        monkeypatch.setattr(events, "LIFETIME_SECONDS", 0)
        assert client.response.read() is not None
    wait_for(lambda: not state.events.listeners)


def test_a_key_is_needed(serving, ring):
    ring.add("app", "read")
    problem(serving(keys=ring).get("/api/v1/events"), 401)
