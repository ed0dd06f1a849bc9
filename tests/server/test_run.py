"""A server in a process of its own, as people run it."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from visavis.collection import Collection
from visavis.encoders import load_encoder
from visavis.server import KeyRing
from visavis.server.run import is_local, listen, url_of

PROGRAM = """
import sys, time
sys.path.insert(0, {tests!r})
from visavis.server import run
{patch}
from visavis.cli import main
main(["serve", "--port", "0", *sys.argv[1:]])
"""

SLOW = """
from visavis.collection import Collection
search = Collection.search
def slow_search(*args, **options):
    time.sleep(1.5)
    return search(*args, **options)
Collection.search = slow_search
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A collection of the bundled model."""
    folder = tmp_path_factory.mktemp("running") / "c.visavis"
    with Collection.create(folder, load_encoder()) as collection:
        for words in ("a dog on the beach", "un chien dans la neige", "two people in a boat"):
            collection.add_text(words)
    return folder


@contextmanager
def server(place, *options, patch=""):
    """Run a server and give its process and port; it is killed at the end if it still runs."""
    program = PROGRAM.format(tests="tests", patch=patch)
    process = subprocess.Popen(
        [sys.executable, "-c", program, "--collection", str(place), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        assert "Ctrl-C stops" in line, process.communicate()[1]
        yield process, int(line.split("(")[0].rpartition(":")[2])
    finally:
        process.kill()
        process.communicate()


def ask(port, terms=({"text": "a dog"},), path="/api/v1/search", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = json.dumps({"terms": list(terms), "modality": "text"})
    headers = {"Content-Type": "application/json", **headers}
    connection.request("POST", path, body, headers)
    response = connection.getresponse()
    answer = response.status, json.loads(response.read())
    connection.close()
    return answer


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_running_requests_are_answered(place, how):
    with server(place, patch=SLOW) as (process, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        body = json.dumps({"terms": [{"text": "a dog"}], "modality": "text"})
        connection.request("POST", "/api/v1/search", body, {"Content-Type": "application/json"})
        idle = socket.create_connection(("127.0.0.1", port))
        time.sleep(0.5)
        process.send_signal(how)
        response = connection.getresponse()
        assert response.status == 200
        assert json.loads(response.read())["hits"][0]["text"] == "a dog on the beach"
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (0, "", "")
        idle.close()
        connection.close()


def test_several_processes_share_the_port(place):
    with server(place, "--workers", "2") as (process, port):
        answers = [ask(port) for _ in range(8)]
        assert {status for status, _ in answers} == {200}
        assert len({json.dumps(answer["hits"]) for _, answer in answers}) == 1
        process.terminate()
        assert process.communicate(timeout=60) == ("", "")
        assert process.returncode == 0


def test_keys_reach_a_running_server(place, tmp_path):
    ring = KeyRing(tmp_path / "keys.json")
    ring.add("phone", "read")
    with server(place, "--keys", str(ring.file)) as (_, port):
        assert ask(port)[0] == 401
        secret = ring.add("laptop", "read")
        status, answer = ask(port, Authorization=f"Bearer {secret}")
        assert (status, answer["hits"][0]["text"]) == (200, "a dog on the beach")
        ring.remove("laptop")
        assert ask(port, Authorization=f"Bearer {secret}")[0] == 401


def test_slow_clients_are_let_go_and_cost_others_nothing(place):
    with server(place, patch="run._HEADER_SECONDS = 1") as (_, port):
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
        for n, connection in enumerate(silent):
            connection.sendall(b"POST /api/v1/search HTTP/1.1\r\nHost: 127.0.0.1\r\n"[: 3 * n])
        assert ask(port)[0] == 200
        for connection in silent:
            connection.settimeout(30)
            assert connection.recv(1000) == b""
            connection.close()
        assert ask(port)[0] == 200


def test_no_one_else_is_answered_on_this_machine(place):
    with server(place) as (_, port):
        assert ask(port)[0] == 200
        assert ask(port, Host="evil.example")[0] == 421
        assert ask(port, Origin="http://evil.example")[0] == 403


def test_which_addresses_are_local():
    assert all(is_local(host) for host in ("127.0.0.1", "127.1.2.3", "::1", "localhost"))
    assert not any(is_local(host) for host in ("0.0.0.0", "::", "10.0.0.1", "example.org", ""))


def test_answers_are_not_held_back():
    with listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
        assert listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)


def test_urls():
    with listen("127.0.0.1", 0) as listener:
        assert url_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"
