"""Compressed JSON for clients that take it; images are compressed already."""

from __future__ import annotations

import gzip

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LEAST = 1000
"""Bytes below which compression saves no packet."""
_LEVEL = 4
_TYPES = ("application/json", "application/problem+json")


class JsonCompression:
    """Compresses responses of JSON, which are sent in one piece."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, and compress its response."""
        if scope["type"] != "http" or "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def send_compressed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_large_json(message):
                start = message  # its length is known with the body
                return
            if start is not None:
                message = {**message, "body": gzip.compress(message["body"], _LEVEL)}
                headers = MutableHeaders(scope=start)
                headers["Content-Encoding"] = "gzip"
                headers["Content-Length"] = str(len(message["body"]))
                headers.add_vary_header("Accept-Encoding")
                await send(start)
                start = None
            await send(message)

        await self._app(scope, receive, send_compressed)


def _is_large_json(start: Message) -> bool:
    headers = Headers(scope=start)
    kind = headers.get("content-type", "").partition(";")[0]
    return (
        "content-encoding" not in headers
        and kind in _TYPES
        and int(headers.get("content-length", 0)) >= _LEAST
    )
