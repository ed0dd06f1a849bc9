"""The time between frames of a page, and what Chromium's trace says of late ones."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from timeline_trace import CATEGORIES, summary

LATE_MS = 50
_TOLERANT_MS = LATE_MS + 1
"""Three frames of 16.7 ms are not late."""

_WATCH = """() => {
  const frames = (window.frames_ = [])
  let last = performance.now()
  const next = (now) => {
    frames.push(now - last)
    last = now
    requestAnimationFrame(next)
  }
  requestAnimationFrame(next)
}"""


@dataclass
class Frames:
    """Milliseconds between frames, and a summary of the trace if there is one."""

    ms: list[float] = field(default_factory=list)
    trace: dict[str, Any] = field(default_factory=dict)

    @property
    def late(self) -> int:
        """How many take longer than 50 ms."""
        return sum(ms > _TOLERANT_MS for ms in self.ms)


def watch(page: Page) -> None:
    """Note frames on whatever the page shows from now on."""
    page.add_init_script(f"({_WATCH})()")


@contextmanager
def recorded(page: Page, *, traced: bool) -> Iterator[Frames]:
    """Collect the frames of a watched page meanwhile; gives them afterwards."""
    frames = Frames()
    page.evaluate("window.frames_?.splice(0)")
    if not traced:
        yield frames
        frames.ms = page.evaluate("window.frames_.splice(0)")
        return
    browser = page.context.browser
    assert browser
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder, "trace.json")
        browser.start_tracing(page=page, path=trace, categories=CATEGORIES)
        try:
            yield frames
            frames.ms = page.evaluate("window.frames_.splice(0)")
        finally:
            browser.stop_tracing()
        frames.trace = summary(trace, _TOLERANT_MS)
