"""The memory that request bodies may use: each of them, those of one client, and all together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from visavis.server import limits
from visavis.server.problems import Problem


class BodyMemory:
    """Counts the bytes of bodies that are being read or answered.

    Slow clients hold memory for a long time. So each has a quota, and some memory is kept for
    small bodies: a search by words is answered whatever is being uploaded.
    """

    def __init__(self) -> None:
        self.held = 0
        self._of_client: Counter[str] = Counter()

    @contextmanager
    def body(self, client: str, largest: int | None = None) -> Iterator[Callable[[int], None]]:
        """Yield a function that counts bytes of one body and raises Problem beyond a limit.

        Its own is `largest`, by default that of a body with one image.

        All are given back at the end.
        """
        held = 0

        def hold(count: int) -> None:
            nonlocal held
            if held + count > (largest or limits.BODY_BYTES):
                raise too_large(largest)
            is_small = held + count <= limits.SMALL_BYTES
            most = limits.HELD_BYTES - (0 if is_small else limits.RESERVED_BYTES)
            beyond_quota = self._of_client[client] + count > limits.CLIENT_BYTES
            if self.held + count > most or (beyond_quota and not is_small):
                raise Problem("memory-full", headers={"Retry-After": "2"})
            held += count
            self.held += count
            self._of_client[client] += count

        try:
            yield hold
        finally:
            self.held -= held
            self._of_client[client] -= held
            if not self._of_client[client]:
                del self._of_client[client]


def too_large(largest: int | None = None) -> Problem:
    """Return the refusal of a body, or of an image in it."""
    if largest == limits.BATCH_BYTES:
        return Problem("request-too-large", megabytes=largest // 1_000_000)
    return Problem("image-too-large", megabytes=limits.UPLOAD_BYTES // 1_000_000)
