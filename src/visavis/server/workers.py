"""Threads for work that would block the server, and no more work than they can do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from visavis.server.problems import Problem

Answer = TypeVar("Answer")


class Workers:
    """A few threads, and a limited number of places to run or to wait.

    When all places are taken a request is refused with 429: it would only wait. A place is
    free again when its work has ended, not when its client has gone.
    """

    def __init__(self, name: str, threads: int, places: int, seconds: float) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._places, self._seconds = places, seconds
        self.running = 0

    async def run(self, work: Callable[..., Answer], *arguments: object) -> Answer:
        """Do work in a thread; raises Problem when there is no place or it takes too long."""
        if self.running >= self._places:
            raise Problem(429, "too much to do; try again in a second", {"Retry-After": "1"})
        self.running += 1
        loop = asyncio.get_running_loop()
        future = self._pool.submit(work, *arguments)

        def leave(_: Future[Answer]) -> None:
            loop.call_soon_threadsafe(self._leave)

        future.add_done_callback(leave)
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise Problem(504, f"no answer within {self._seconds:g} seconds") from None

    def _leave(self) -> None:
        self.running -= 1

    def close(self) -> None:
        """End the threads when what runs is done; what only waits is dropped."""
        self._pool.shutdown(cancel_futures=True)
