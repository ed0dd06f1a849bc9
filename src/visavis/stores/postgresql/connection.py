"""Connections to PostgreSQL: a pool for threads, transactions, and errors in one line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from visavis.errors import CollectionError, MissingExtraError, RejectedError, UnavailableError
from visavis.stores.postgresql.history import note_generation
from visavis.stores.postgresql.location import Location
from visavis.stores.urls import without_password

if TYPE_CHECKING:
    from psycopg import Connection

T = TypeVar("T")

CONNECT_SECONDS = 10
POOL = 8
EF_SEARCH = 200
"""Candidates that a search by an index looks at, unless it asks for more."""
_SETTINGS = f"""SELECT set_config('search_path', %s, FALSE),
    set_config('jit', 'off', FALSE),
    set_config('hnsw.ef_search', '{EF_SEARCH}', FALSE)"""
"""Of each connection: compiling takes longer than a search."""
_GROW = """UPDATE meta SET value = CASE key WHEN 'generation' THEN (value::bigint + 1)::text
    ELSE to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END
    WHERE key IN ('generation', 'changed')"""
_LOCK = 7_236_281_904
"""Key of the advisory lock that lets one process write at a time."""


class Database:
    """A pool of connections to the schema of one collection; safe to share between threads."""

    def __init__(self, url: str) -> None:
        try:
            import psycopg
            from pgvector.psycopg import register_vector
            from psycopg_pool import ConnectionPool
        except ModuleNotFoundError:
            raise MissingExtraError("PostgreSQL", "postgres") from None
        self.url = url
        self.location = Location.parse(url)
        self.shown = without_password(url)
        self._errors = psycopg.Error
        self._kinds: tuple[tuple[type[Exception], type[CollectionError]], ...] = (
            (psycopg.OperationalError, _LostError),
            (psycopg.InterfaceError, _LostError),
            (psycopg.DataError, RejectedError),
        )
        schema = self.location.schema

        def configure(connection: Connection[Any]) -> None:
            connection.autocommit = True
            # A cached plan ignores what a later SET asks for: only `ask` keeps any.
            connection.prepare_threshold = sys.maxsize
            connection.execute(_SETTINGS, (f'"{schema}", public',))
            if _has_vector(connection):
                register_vector(connection)

        options = {"connect_timeout": CONNECT_SECONDS, "application_name": "visavis"}
        self._test(psycopg, options)
        self._pool: Any = ConnectionPool(
            self.location.database,
            kwargs=options,
            min_size=1,
            max_size=POOL,
            configure=configure,
            open=True,
        )
        self._closed = False

    @contextmanager
    def reading(self) -> Iterator[Connection[Any]]:
        """Give a connection in a transaction that sees one state of the collection.

        Statements are sent on without waiting for answers before one is read.
        """
        with (
            self._translating(),
            self._connection() as connection,
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
        connect: Callable[[], AbstractContextManager[Connection[Any]]],
        work: Callable[[Connection[Any]], T],
    ) -> T:
        try:
            with connect() as connection:
                return work(connection)
        except _LostError:
            self._pool.check()
            with connect() as connection:
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
        with self._translating(), self._connection() as connection, connection.transaction():
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
            with self._connection() as connection:
                connection.execute("SELECT 1")
        except self._errors:
            self._pool.check()

    @contextmanager
    def _connected(self) -> Iterator[Connection[Any]]:
        """Give a connection on which each statement is a transaction of its own."""
        with self._translating(), self._connection() as connection:
            yield connection

    def _connection(self) -> Any:
        if self._closed:
            raise CollectionError(f"{self.shown}: the collection is closed")
        return self._pool.connection(timeout=CONNECT_SECONDS)

    def _test(self, psycopg: Any, options: dict[str, Any]) -> None:
        """Connect once, as a pool would retry in silence where a password is wrong."""
        with self._translating(), psycopg.connect(self.location.database, **options):
            pass

    @contextmanager
    def _translating(self) -> Iterator[None]:
        """Turn the server's errors into CollectionErrors of one line."""
        try:
            yield
        except self._errors as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            kind = next((k for kind, k in self._kinds if isinstance(error, kind)), CollectionError)
            raise kind(f"{self.shown}: {reason}") from error
        except ValueError as error:
            if "NUL" not in str(error).upper():
                raise
            raise RejectedError(f"{self.shown}: a text with a null character") from error


class _LostError(UnavailableError):
    """The connection was lost, or could not be made."""


def _has_vector(connection: Connection[Any]) -> bool:
    found = connection.execute("SELECT 1 FROM pg_type WHERE typname = 'vector'").fetchone()
    return found is not None
