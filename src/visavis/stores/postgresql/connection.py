"""Transactions in PostgreSQL, on connections of a pool, and their errors in one line."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from visavis.errors import CollectionError, MissingExtraError, RejectedError, UnavailableError
from visavis.stores.postgresql.history import note_generation
from visavis.stores.postgresql.location import Location
from visavis.stores.postgresql.pool import Pool
from visavis.stores.urls import without_password

if TYPE_CHECKING:
    import psycopg
    from psycopg import Connection

T = TypeVar("T")

CONNECT_SECONDS = 10
"""To connect within, and to wait for one of the connections when all are busy."""
RESTART_SECONDS = 5
"""To go on connecting for, where the server answered before: it may be restarting."""
_RETRY_SECONDS = 0.2
POOL = 8
EF_SEARCH = 200
"""Candidates that a search by an index looks at, unless it asks for more."""
_EXTENSION = """FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname = 'vector'"""
_SETTINGS = f"""SELECT (SELECT e.extversion {_EXTENSION}),
    set_config('search_path',
        concat_ws(', ', %s::text, 'public', (SELECT quote_ident(n.nspname) {_EXTENSION})), FALSE),
    set_config('jit', 'off', FALSE),
    set_config('hnsw.ef_search', '{EF_SEARCH}', FALSE)"""
"""Of each connection: compiling takes longer than a search. pgvector may be in any schema."""
_GROW = """UPDATE meta SET value = CASE key WHEN 'generation' THEN (value::bigint + 1)::text
    ELSE to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END
    WHERE key IN ('generation', 'changed')"""
_LOCK = 7_236_281_904
"""Key of the advisory lock that lets one process write at a time."""


class Database:
    """The connections to the schema of one collection; safe to share between threads."""

    def __init__(self, url: str) -> None:
        try:
            import psycopg
            from pgvector.psycopg import register_vector
        except ModuleNotFoundError:
            raise MissingExtraError("PostgreSQL", "postgres") from None
        self.url = url
        self.location = Location.parse(url)
        self.shown = without_password(url)
        self._psycopg, self._register = psycopg, register_vector
        self._kinds: tuple[tuple[type[Exception], type[CollectionError]], ...] = (
            (psycopg.OperationalError, _LostError),
            (psycopg.InterfaceError, _LostError),
            (psycopg.DataError, RejectedError),
        )
        self.extension: str | None = None
        """The version of pgvector in the database, once there is a connection."""
        self._has_answered = False
        self._pool = Pool(self._connect, POOL, CONNECT_SECONDS)
        self._closed = False

    @contextmanager
    def reading(self, *, new: bool = False) -> Iterator[Connection[Any]]:
        """Give a connection in a transaction that sees one state of the collection.

        The connection is a `new` one where those that are open may be lost. Statements are sent on
        without waiting for answers before one is read.
        """
        with (
            self._connected(new=new) as connection,
            connection.pipeline(),
            connection.transaction(),
        ):
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection

    def read(self, work: Callable[[Connection[Any]], T]) -> T:
        """Return what `work` reads; a connection lost on the way is tried once more."""
        return self._twice(self.reading, work)

    def ask(
        self,
        sql: str,
        values: Sequence[Any] | Mapping[str, Any] = (),
        *,
        settings: str = "",
        prepare: bool = False,
    ) -> list[tuple[Any, ...]]:
        """Return the rows of one statement, a transaction of its own: one turn to the server.

        A statement of `settings` that are local goes with it, and they end with it. With `prepare`
        its plan is kept on the connection: it must be right whatever is set. A connection lost on
        the way is tried once more.
        """

        def work(connection: Connection[Any]) -> list[tuple[Any, ...]]:
            if not settings:
                return connection.execute(sql, values, prepare=prepare).fetchall()
            with connection.pipeline():  # without a BEGIN, all of it is one transaction
                connection.execute(settings)
                cursor = connection.execute(sql, values)
            return cursor.fetchall()

        return self._twice(self._connected, work)

    def _twice(
        self,
        connect: Callable[..., AbstractContextManager[Connection[Any]]],
        work: Callable[[Connection[Any]], T],
    ) -> T:
        try:
            with connect() as connection:
                return work(connection)
        except _LostError:
            self._pool.clear()
            with connect(new=True) as connection:
                return work(connection)

    @contextmanager
    def writing(self) -> Iterator[Connection[Any]]:
        """Give a connection in a transaction; one process writes at a time.

        The generation grows at its end, if anything was changed.
        """
        with self.staging() as connection:
            yield connection
            row = connection.execute("SELECT pg_current_xact_id_if_assigned()").fetchone()
            if row is not None and row[0] is not None:  # something was written
                connection.execute(_GROW)
                note_generation(connection)

    @contextmanager
    def staging(self) -> Iterator[Connection[Any]]:
        """Give a connection in a transaction whose changes no search sees."""
        self._replace_lost()
        with self._connected() as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            yield connection

    def stage(self, work: Callable[[Connection[Any]], None]) -> None:
        """Do `work` in a transaction whose changes no search sees."""
        with self.staging() as connection:
            work(connection)

    @contextmanager
    def maintaining(self) -> Iterator[Connection[Any]]:
        """Give a connection outside of any transaction, for what cannot be in one."""
        self._replace_lost()
        with self._connected() as connection:
            yield connection

    def meta(self) -> dict[str, str]:
        """Return the values of the table `meta`."""
        return dict(self.ask("SELECT key, value FROM meta", prepare=True))

    def close(self) -> None:
        """Close all connections; closing twice is fine."""
        self._closed = True
        self._pool.close()

    def _replace_lost(self) -> None:
        """Connect again where idle connections were lost, as what writes is not tried twice."""
        try:
            with self._connected() as connection:
                connection.execute("SELECT 1")
        except _LostError:
            self._pool.clear()

    @contextmanager
    def _connected(self, *, new: bool = False) -> Iterator[Connection[Any]]:
        """Give a connection on which each statement is a transaction of its own."""
        connection = self._take(new=new)
        try:
            with self._translating():
                yield connection
        finally:
            self._pool.give(connection)

    def _take(self, *, new: bool) -> Connection[Any]:
        if self._closed:
            raise CollectionError(f"{self.shown}: the collection is closed")
        try:
            with self._translating():
                return self._pool.take(new=new)
        except _LostError as error:  # connecting has been tried often enough
            raise UnavailableError(str(error)) from error
        except UnavailableError as error:
            raise UnavailableError(f"{self.shown}: {error}") from None

    def _connect(self) -> Connection[Any]:
        """Make a connection; a server that has answered before may be restarting."""
        end = time.monotonic() + (RESTART_SECONDS if self._has_answered else 0)
        while True:
            try:
                return self._connect_once()
            except self._psycopg.OperationalError:
                if time.monotonic() >= end:
                    raise
                time.sleep(_RETRY_SECONDS)

    def _connect_once(self) -> Connection[Any]:
        connection = self._psycopg.connect(
            self.location.database,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            application_name="visavis",
        )
        try:
            # A cached plan ignores what a later SET asks for: only `ask` keeps any.
            connection.prepare_threshold = sys.maxsize
            row = connection.execute(_SETTINGS, (f'"{self.location.schema}"',)).fetchone()
            self.extension = row[0] if row else None
            if self.extension:
                self._register(connection)
        except BaseException:
            connection.close()
            raise
        self._has_answered = True
        return connection

    @contextmanager
    def _translating(self) -> Iterator[None]:
        """Turn the server's errors into CollectionErrors of one line."""
        try:
            yield
        except self._psycopg.Error as error:
            kind = next((k for kind, k in self._kinds if isinstance(error, kind)), CollectionError)
            raise kind(f"{self.shown}: {_reason(error)}") from error
        except ValueError as error:
            if "NUL" not in str(error).upper():
                raise
            raise RejectedError(f"{self.shown}: a text with a null character") from error


def _reason(error: psycopg.Error) -> str:
    """Return what the server, or the client's library, says of an error, as one line."""
    diagnosis = error.diag
    said = (diagnosis.message_primary, diagnosis.message_detail, diagnosis.message_hint)
    lines = [line for line in said if line] or str(error).splitlines() or [type(error).__name__]
    return "; ".join(" ".join(line.split()) for line in lines)


class _LostError(UnavailableError):
    """The connection was lost, or could not be made."""
