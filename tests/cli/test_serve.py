import os
import socket
import subprocess
import sys

import pytest

from visavis.server import KeyRing
from visavis.server import run as server_run


@pytest.fixture
def served(monkeypatch):
    """What `run` would have served, instead of serving it."""
    seen = []

    def run(collection, settings, listener, started):
        seen.append((settings, listener.getsockname()))
        started()

    monkeypatch.setattr(server_run, "run", run)
    return seen


def test_this_machine_only_by_default(shell, here, served):
    code, out, _ = shell("serve", "--port", "0")
    ((settings, (host, port)),) = served
    assert (code, host) == (0, "127.0.0.1")
    assert out == f".visavis is at http://127.0.0.1:{port} (Ctrl-C stops)\n"
    assert settings.keys is None
    assert not settings.write
    assert settings.hosts == ("localhost", "127.0.0.1", "::1")
    assert settings.folder == here / ".visavis"


def test_where_there_are_keys_they_are_needed(shell, here, served):
    KeyRing(here / ".visavis" / "keys.json").add("phone", "read")
    shell("serve", "--port", "0", "--write", "--allow-host", "a.example", "--cors", "https://b")
    ((settings, _),) = served
    assert [key.name for key in settings.keys.keys] == ["phone"]
    assert settings.write
    assert settings.hosts[-1] == "a.example"
    assert settings.origins == ("https://b",)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_beyond_this_machine_only_with_a_key(shell, here, served, host):
    assert "visavis keys add" in shell.fails("serve", "--port", "0", "--host", host)
    assert not served
    KeyRing(here / ".visavis" / "keys.json").add("phone", "read")
    assert shell("serve", "--port", "0", "--host", host)[0] == 0
    assert served[0][0].hosts == ()


def test_a_file_of_keys_that_is_named_must_hold_some(shell, here, served):
    assert "no keys there" in shell.fails("serve", "--keys", here / "none.json")
    assert not served


def test_a_port_in_use(shell, here):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = shell.fails("serve", "--port", port)
    assert told.endswith(f"127.0.0.1 port {port}: address already in use; choose another --port\n")


@pytest.mark.parametrize("host", ["256.1.1.1", "no.such.host.invalid"])
def test_an_address_that_is_none(shell, here, served, host):
    KeyRing(here / ".visavis" / "keys.json").add("phone", "read")
    assert "no such address" in shell.fails("serve", "--host", host)


def test_no_collection(shell, here):
    assert "no collection here" in shell.fails("serve", "--collection", "nowhere")


def test_a_missing_extra(shell, here, monkeypatch):
    for name in list(sys.modules):
        if name.startswith("visavis.server"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fastapi", None)
    assert "pip install 'visavis[serve]'" in shell.fails("serve")
    assert "pip install 'visavis[serve]'" in shell.fails("keys", "list")


def test_numpys_threads_are_limited_before_it_is_loaded():
    """They would wait by spinning, and cost a server four times the processor time."""
    code = """if True:
        import os, sys
        from visavis.cli import serve

        def import_server(name):
            print("numpy" in sys.modules, os.environ["OPENBLAS_NUM_THREADS"])
            raise SystemExit

        serve.import_server = import_server
        serve.command([])
        """
    environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout == "False 1\n"
