"""Run the application: a socket, a protocol that does not wait for ever, a graceful end."""

from __future__ import annotations

import asyncio
import ctypes
import ipaddress
import logging
import os
import signal
import socket
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from visavis.collection import Collection
from visavis.errors import VisavisError
from visavis.server.app import create_app
from visavis.server.settings import Settings

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
"""What a server that only this machine reaches is called; other names are another site's trick."""
_CONNECTIONS = 512
_HEADER_SECONDS = 15
_GRACE_SECONDS = 30
_IDLE_SECONDS = 20
_M_MMAP_THRESHOLD = -3  # of malloc.h


class ListenError(VisavisError):
    """An address or port that cannot be used."""


def is_local(host: str) -> bool:
    """Tell whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(host: str, port: int) -> socket.socket:
    """Take a port (0: any free one); raises ListenError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.create_server(address[:2], family=family, backlog=1024)
    except socket.gaierror:
        raise ListenError(f"--host {host}: no such address; try 127.0.0.1 or 0.0.0.0") from None
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise ListenError(f"{host} port {port}: {reason}; choose another --port") from error
    # Only for sockets that say they are TCP does asyncio turn off Nagle's algorithm, which would
    # hold back the body of each answer for 40 ms.
    return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, listener.detach())


def url_of(listener: socket.socket) -> str:
    """Return the URL at which a browser on this machine finds a server."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(
    collection: Collection,
    settings: Settings,
    listener: socket.socket,
    started: Callable[[], None],
) -> None:
    """Serve a collection until SIGINT or SIGTERM, then end the requests that run.

    `started` is called when the first request will be answered at once. Raises VisavisError
    for a collection whose model is not there.
    """
    _be_quiet()
    _give_memory_back()
    app = create_app(collection, settings)
    app.state.service.warm_up()  # here, where an error is one line and not a failed start
    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    # When all is done, uvicorn raises the signal again that it was ended by.
    signal.signal(signal.SIGTERM, _end)
    try:
        _Server(config, started).run(sockets=[listener])
    except KeyboardInterrupt:
        return


def _be_quiet() -> None:
    """Keep what any stranger can cause out of the log: it would only hide the rest."""
    for name in ("uvicorn", "python_multipart"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="PIL")


def _give_memory_back() -> None:
    """Let large buffers go back to the system at once: glibc would keep what uploads took."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(_M_MMAP_THRESHOLD, 1_000_000)


def _end(*_: object) -> NoReturn:
    raise SystemExit(0)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()


class _Protocol(H11Protocol):
    """Closes a connection that does not say what it wants: uvicorn would wait for ever."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watching()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Count the seconds while the head of a request is not whole."""
        if self.conn.their_state is not h11.IDLE:
            self._stop_watching()
        elif self._timer is None:
            self._timer = self.loop.call_later(_HEADER_SECONDS, self._give_up)

    def _stop_watching(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
