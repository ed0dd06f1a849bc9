"""A connection to Milvus, and its errors in one line."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from visavis.errors import CollectionError, MissingExtraError, UnavailableError, first_line
from visavis.stores.milvus.location import Location
from visavis.stores.urls import without_password

CONNECT_SECONDS = 10
_TRIES = 4
"""Times that a lost connection is tried again, within half a second."""
_CHANNEL = {
    "grpc.use_local_subchannel_pool": 1,  # else a new connection waits as long as a lost one
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 2000,
}
_NOT_FOUND = 100  # Milvus' code for a collection that is not there
_NOT_CONNECTED = 2
_UNANSWERED = ("UNAVAILABLE", "DEADLINE_EXCEEDED")


class GoneError(CollectionError):
    """A Milvus collection that is not there."""


class Connection:
    """A connection to one server; safe to share between threads."""

    def __init__(self, url: str) -> None:
        try:
            import pymilvus
        except ModuleNotFoundError:
            raise MissingExtraError("Milvus", "milvus") from None
        # Each error is raised; pymilvus would print it with its traceback as well.
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
        self.location = Location.parse(url)
        self.shown = without_password(url)
        self._error = pymilvus.MilvusException
        self._closed = False
        with self._translating():
            self._client = pymilvus.MilvusClient(
                self.location.uri,
                token=self.location.token,
                db_name=self.location.database,
                timeout=CONNECT_SECONDS,
                dedicated=True,
                grpc_options=_CHANNEL,
            )

    def call(self, method: str, *values: Any, **options: Any) -> Any:
        """Return what a method of pymilvus' client returns; a lost connection is made again.

        Raises GoneError for a Milvus collection that is not there, UnavailableError if the server
        does not answer, and CollectionError for all else.
        """
        if self._closed:
            raise CollectionError(f"{self.shown}: the collection is closed")
        with self._translating():
            return getattr(self._client, method)(*values, retry_times=_TRIES, **options)

    def close(self) -> None:
        """Close the connection; closing twice is fine."""
        if not self._closed:
            self._closed = True
            self._client.close()

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except self._error as error:
            raise self._translated(error) from error

    def _translated(self, error: Any) -> CollectionError:
        if error.code == _NOT_FOUND:
            return GoneError(f"{self.shown}: {first_line(error)}")
        code = getattr(error.code, "name", error.code)
        if code in _UNANSWERED or code == _NOT_CONNECTED:
            return UnavailableError(f"{self.shown}: the server does not answer")
        return CollectionError(f"{self.shown}: {str(error.message).strip().splitlines()[0]}")
