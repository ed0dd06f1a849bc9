"""Thread pools that refuse work beyond their capacity."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from visavis.server.problems import Problem

Result = TypeVar("Result")


class ThreadPool:
    """A few threads with a bounded queue.

    `capacity` is the number of calls that may run or wait; beyond, a request is refused with
    429. A call counts until its work has ended, even if its client has gone. `seconds` is how
    long a request waits for its result.
    """

    def __init__(self, name: str, threads: int, capacity: int, seconds: float) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._capacity, self._seconds = capacity, seconds
        self.in_use = 0

    async def run(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Call a function in a thread; raises Problem 429 if full, 504 after `seconds`."""
        if self.in_use >= self._capacity:
            raise Problem("busy", headers={"Retry-After": "1"})
        self.in_use += 1
        loop = asyncio.get_running_loop()
        future = self._pool.submit(function, *arguments)

        def release(_: Future[Result]) -> None:
            loop.call_soon_threadsafe(self._release)

        future.add_done_callback(release)
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise Problem("answer-slow", seconds=self._seconds) from None

    def _release(self) -> None:
        self.in_use -= 1

    def close(self) -> None:
        """Wait for running calls and drop those that wait."""
        self._pool.shutdown(cancel_futures=True)
