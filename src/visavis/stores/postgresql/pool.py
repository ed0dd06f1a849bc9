"""Connections to PostgreSQL that stay open for the next statement, shared between threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from visavis.errors import UnavailableError

if TYPE_CHECKING:
    from psycopg import Connection


class Pool:
    """Up to `most` connections, each for one thread at a time.

    The connection given back last is taken first: its process on the server has what it needs in
    the processor's caches, and no more processes are kept warm than work at the same time. The
    thread that needs a connection makes it, and gets the server's own error if it cannot.
    """

    def __init__(self, connect: Callable[[], Connection[Any]], most: int, patience: float) -> None:
        self._connect, self._most, self._patience = connect, most, patience
        self._idle: list[Connection[Any]] = []
        self._free = threading.BoundedSemaphore(most)
        self._closed = False

    def take(self, *, new: bool = False) -> Connection[Any]:
        """Return a connection for this thread alone, a `new` one where others may be lost.

        Raises UnavailableError if all stay taken.
        """
        if not self._free.acquire(timeout=self._patience):
            raise UnavailableError(
                f"all {self._most} connections have been busy for {self._patience:g} s"
            )
        try:
            return (None if new else self._newest()) or self._connect()
        except BaseException:
            self._free.release()
            raise

    def give(self, connection: Connection[Any]) -> None:
        """Give back a connection; one that is lost, or left in a transaction, is closed."""
        if self._closed or connection.pgconn.transaction_status:  # idle is 0
            connection.close()
        else:
            self._idle.append(connection)
        self._free.release()

    def clear(self) -> None:
        """Close the connections that are not in use."""
        while connection := self._newest():
            connection.close()

    def close(self) -> None:
        """Close all connections, those in use when they are given back."""
        self._closed = True
        self.clear()

    def _newest(self) -> Connection[Any] | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None
