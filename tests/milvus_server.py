"""A small server that speaks Milvus' protocol."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

import pytest


def start(folder, port=None):
    """Start a server of its own; return its process and its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = port or free.getsockname()[1]
    command = [sys.executable, "-m", "milvus_lite.cmdline", "server"]
    where = ["--data-dir", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    log = (folder / "log").open("w")
    with log:
        server = subprocess.Popen([*command, *where], stdout=log, stderr=log)
    for _ in range(600):
        if server.poll() is not None:
            pytest.skip(f"milvus-lite does not start: {(folder / 'log').read_text()[-500:]}")
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return server, f"milvus+http://127.0.0.1:{port}"
        time.sleep(0.1)
    stop(server)
    pytest.skip("milvus-lite does not answer within a minute")


def stop(server):
    server.terminate()
    server.wait()
