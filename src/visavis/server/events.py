"""Server-Sent Events: how far an index run or an upload of many images is, and every change."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from time import monotonic
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from visavis.errors import VisavisError
from visavis.server.problems import Problem

LISTENERS = 64
"""Clients of one process that may listen at once."""
LOOK_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
LIFETIME_SECONDS = 3600.0
"""A client that listens longer has to connect again, with a key that is still there."""
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Events:
    """Tells clients what `look` returns, by name, whenever it has changed.

    The collection is looked at once a second for all of them, and only while one listens. What
    other processes do is seen as well.
    """

    def __init__(self, look: Callable[[], dict[str, Any]]) -> None:
        self._look = look
        self._now: dict[str, Any] = {}
        self._looked = -LOOK_SECONDS
        self._looking = asyncio.Lock()
        self._closed = asyncio.Event()
        self.listeners = 0

    def response(self) -> StreamingResponse:
        """Return a response that goes on until the client leaves; raises Problem 429 if full."""
        if self.listeners >= LISTENERS:
            raise Problem("listeners-full", headers={"Retry-After": "10"})
        return _EventStream(self)

    def close(self) -> None:
        """End all responses; call it in the event loop."""
        self._closed.set()

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Yield events: first all as it is, then what changes, and a heartbeat in between."""
        told: dict[str, Any] = {}
        start = spoken = monotonic()
        yield b"retry: 2000\n\n"
        while not self._closed.is_set() and monotonic() - start < LIFETIME_SECONDS:
            now = await self._current()
            changed = {name: now[name] for name in now if told.get(name, ...) != now[name]}
            told = now
            for name, value in changed.items():
                yield f"event: {name}\ndata: {json.dumps(value)}\n\n".encode()
            if changed:
                spoken = monotonic()
            elif monotonic() - spoken >= HEARTBEAT_SECONDS:
                spoken = monotonic()
                yield b": still here\n\n"
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._closed.wait()
            except TimeoutError:
                continue

    async def _current(self) -> dict[str, Any]:
        async with self._looking:
            if monotonic() - self._looked >= LOOK_SECONDS:
                with suppress(VisavisError):  # the collection may answer the next time
                    self._now = await asyncio.to_thread(self._look)
                self._looked = monotonic()
            return self._now


class _EventStream(StreamingResponse):
    """Holds a place among the listeners while it is sent, however that ends."""

    def __init__(self, events: Events) -> None:
        super().__init__(events.stream(), media_type="text/event-stream", headers=_HEADERS)
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._events.listeners += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._events.listeners -= 1
