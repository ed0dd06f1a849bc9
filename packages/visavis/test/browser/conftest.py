"""Chromium, and folders that are served to it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium")
ESBUILD = HERE.parents[1] / "node_modules/.bin/esbuild"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="needs Chromium: apt install chromium"))
            if not ESBUILD.exists():
                item.add_marker(pytest.mark.skip(reason="needs make device-check"))


class Served(SimpleHTTPRequestHandler):
    """Files of a folder, with a policy and without a line for each."""

    policy = ""

    def end_headers(self) -> None:
        """Add the policy, if there is one."""
        if self.policy:
            self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., str]]:
    """Serve a folder, with a policy if one is given; returns its address."""
    running = []

    def start(folder: Path, policy: str = "") -> str:
        handler = type("Handler", (Served,), {"policy": policy})
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=folder))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()
