"""Chromium, and a server for it to visit."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from serving import server

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu"]
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@contextmanager
def served(collection: Path) -> Iterator[str]:
    """Serve a collection on a free port; gives the address."""
    with server(str(collection)) as (_, port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the Chromium of this machine, without a GPU."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def share_priority() -> None:
    """Give the processes that render pages the priority of this one: Chromium has set its own."""
    for folder in renderers():
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, int(folder.name), os.getpriority(os.PRIO_PROCESS, 0))


def renderers() -> list[Path]:
    """Return the folders in /proc of the processes below this one that render pages."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if b"--type=renderer" in (folder / "cmdline").read_bytes() and is_below(folder):
                found.append(folder)
    return found


def is_below(folder: Path) -> bool:
    """Tell whether a process has this one among those that started it."""
    pid = int(folder.name)
    while pid > 1:
        if pid == os.getpid():
            return True
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return False
