"""Speed of an epoch, and the share of its time spent waiting for batches."""

from __future__ import annotations

import time


class Clock:
    """The time inside `with` blocks, and the time since the clock was made."""

    def __init__(self) -> None:
        self.made = self.entered = time.perf_counter()
        self.inside = 0.0

    def __enter__(self) -> None:
        self.entered = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.inside += time.perf_counter() - self.entered

    def rate(self, count: int) -> str:
        """Describe a count per second, and the share of time spent outside."""
        whole = time.perf_counter() - self.made
        return f"{count / whole:,.0f}/s in {whole:.0f} s, waiting {1 - self.inside / whole:.0%}"
