"""Run the application with uvicorn: listening socket, header timeout, graceful shutdown."""

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
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from visavis.collection import Collection
from visavis.errors import VisavisError
from visavis.server.app import create_app
from visavis.server.settings import Settings

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
"""Host names of a server on localhost; any other name is a DNS rebinding attack."""
_CONNECTIONS = 512
_HEADER_SECONDS = 15
_GRACE_SECONDS = 30
_IDLE_SECONDS = 20
_M_MMAP_THRESHOLD = -3  # of malloc.h


class ListenError(VisavisError):
    """An address or port that cannot be used."""


def is_local(host: str) -> bool:
    """Tell whether an address is reachable from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket (port 0: any free port); raises ListenError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.create_server(address[:2], family=family, backlog=1024)
    except socket.gaierror:
        raise ListenError(f"--host {host}: no such address; try 127.0.0.1 or 0.0.0.0") from None
    except OSError as error:
        # Not `reason(error)`: create_server adds the address to the message.
        message = os.strerror(error.errno or 0).lower()
        raise ListenError(f"{host} port {port}: {message}; choose another --port") from error
    # asyncio turns off Nagle's algorithm, which delays each response by 40 ms, only for sockets
    # whose protocol is TCP.
    return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, listener.detach())


def url_of(listener: socket.socket) -> str:
    """Return the URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(
    collection: Collection,
    settings: Settings,
    listener: socket.socket,
    started: Callable[[], None],
) -> None:
    """Serve a collection until SIGINT or SIGTERM, then finish the running requests.

    `started` is called when the server accepts requests. Raises VisavisError if the
    collection's model cannot be loaded.
    """
    _limit_logging()
    _return_large_buffers()
    app = create_app(collection, settings)
    app.state.server.warm_up()  # here, so that an error is one line and not a failed start
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
    # After shutdown uvicorn raises the signal that ended it once more.
    signal.signal(signal.SIGTERM, _exit)
    try:
        _Server(app, config, started).run(sockets=[listener])
    except KeyboardInterrupt:
        return


def _limit_logging() -> None:
    """Keep messages that any client can cause out of the log."""
    for name in ("uvicorn", "python_multipart"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="PIL")


def _return_large_buffers() -> None:
    """Make glibc return large buffers to the system at once, such as those of uploads."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(_M_MMAP_THRESHOLD, 1_000_000)


def _exit(*_: object) -> NoReturn:
    raise SystemExit(0)


class _Server(uvicorn.Server):
    def __init__(self, app: FastAPI, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._app, self._started = app, started

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.server.events.close()  # or clients that listen would delay the end
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._started()


class _Protocol(H11Protocol):
    """Closes a connection without complete request headers: uvicorn would wait for ever."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._update_timer()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._update_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def _update_timer(self) -> None:
        """Run the timer while request headers are incomplete."""
        if self.conn.their_state is not h11.IDLE:
            self._stop_timer()
        elif self._timer is None:
            self._timer = self.loop.call_later(_HEADER_SECONDS, self._close)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
