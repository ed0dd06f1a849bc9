"""How fast a run is, and how much of its time it only waits."""

from __future__ import annotations

import time


class Clock:
    """Counts the time inside `with` and the time since it was made."""

    def __init__(self) -> None:
        self.made, self.inside = time.perf_counter(), 0.0

    def __enter__(self) -> None:
        self.entered = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.inside += time.perf_counter() - self.entered

    def rate(self, count: int) -> str:
        """Tell how many a second, and the share of time spent waiting for the next batch."""
        whole = time.perf_counter() - self.made
        return f"{count / whole:,.0f}/s in {whole:.0f} s, waiting {1 - self.inside / whole:.0%}"
