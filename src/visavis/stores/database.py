"""The SQLite file of a collection: made, opened, read and written in whole transactions."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from visavis.errors import (
    CollectionError,
    DamagedError,
    DamagedVectorError,
    DiskFullError,
    UnavailableError,
    reason,
)
from visavis.files import replacing
from visavis.stores.filter_sql import register_functions
from visavis.stores.history import keep_history, note_generation
from visavis.stores.listing import TAKEN

FORMAT = 6
"""Version 2 added `sources.reading`, version 3 `items.added` and indexes for lists in order,
version 4 `items.marks`, version 5 what `stores/history.py` keeps, version 6 a checksum at the end
of each vector."""
_APPLICATION = 0x76697376  # "visv": another program's database is not taken for ours

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE items (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    modality TEXT NOT NULL CHECK (modality IN ('image', 'text')),
    text TEXT,
    added TEXT,
    marks TEXT,  -- metadata that people have set; also in that of the sources
    came INTEGER NOT NULL DEFAULT 0,  -- generation since when the item can be found
    changed INTEGER NOT NULL DEFAULT 0  -- generation of its last change
);
CREATE TABLE vectors (
    item INTEGER NOT NULL REFERENCES items ON DELETE CASCADE,
    box TEXT NOT NULL DEFAULT '',  -- empty for the item itself
    vector BLOB NOT NULL,
    PRIMARY KEY (item, box));
CREATE TABLE sources (
    source TEXT PRIMARY KEY,
    item INTEGER NOT NULL REFERENCES items ON DELETE CASCADE,
    metadata TEXT NOT NULL,
    size INTEGER,
    mtime_ns INTEGER,
    missing INTEGER NOT NULL DEFAULT 0,
    reading INTEGER NOT NULL DEFAULT 0);
CREATE INDEX sources_of_item ON sources (item, missing);
"""
_INDEXES = f"""
CREATE INDEX IF NOT EXISTS items_by_added ON items (added);
CREATE INDEX IF NOT EXISTS sources_by_taken ON sources ({TAKEN}, item) WHERE NOT missing;
"""

_REASONS = {
    sqlite3.SQLITE_BUSY: "another process is writing to it; try again when that is done",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that you may read and write here",
    sqlite3.SQLITE_CORRUPT: "the database is damaged; restore a copy, or delete it and index again",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
    sqlite3.SQLITE_NOTADB: "not a collection; an SQLite database is expected",
    sqlite3.SQLITE_PERM: "you may not read it",
    sqlite3.SQLITE_READONLY: "it can be searched but not changed: you may not write here",
}
_KINDS = {
    sqlite3.SQLITE_BUSY: UnavailableError,
    sqlite3.SQLITE_CORRUPT: DamagedError,
    sqlite3.SQLITE_FULL: DiskFullError,
}
_OF_DAMAGE = ("malformed JSON", "Could not decode to UTF-8", "no such table", "no such column")
"""Beginnings of errors that SQLite reports as those of a statement; ours are tested."""


class Database:
    """A connection that writes, and others that read: no reader waits for a writer.

    The table `meta` carries a `generation` that counts changes, and a `state` that is new
    after each change: unlike the count, it does not repeat when an old copy is restored.
    """

    def __init__(
        self, file: Path, connection: sqlite3.Connection, timeout: float, *, read_only: bool = False
    ) -> None:
        self.file = file
        self.read_only = read_only
        self._timeout = timeout
        self._writer = connection
        self._write_lock = threading.RLock()
        self._readers: list[sqlite3.Connection] = []  # those that are idle
        self._readers_lock = threading.Lock()
        self._closed = False
        # A collection of an earlier version in a folder that cannot be written stays as it is.
        self.reading_column = _column(connection, "s.reading", "0")
        self.added_column = _column(connection, "i.added", "NULL")
        self.marks_column = _column(connection, "i.marks", "NULL")
        self.keeps_history = _has(connection, "items", "changed")

    @classmethod
    def open(cls, file: Path, timeout: float, *, read_only: bool = False) -> Database:
        """Open the file, read-only where it cannot be written; raises CollectionError.

        With `read_only` neither the file nor anything beside it is written. `timeout` is how
        many seconds to wait for another process that writes.
        """
        if not is_there(file):
            raise CollectionError(f"{file}: no collection here; index some files into it first")
        mode = _mode(file, read_only=read_only)
        with _connecting(file, mode, timeout) as connection:
            if _version(file, connection) < FORMAT and mode == "mode=rw":
                _upgrade(connection)
            return cls(file, connection, timeout, read_only=read_only)

    @classmethod
    def create(cls, file: Path, meta: Mapping[str, str | int], timeout: float) -> Database:
        """Make the file and its folder; raises CollectionError, also if there is one already."""
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CollectionError(f"{file.parent}: {reason(error)}") from error
        with _connecting(file, "mode=rwc", timeout) as connection:
            _lay_out(file, connection, meta)
            return cls(file, connection, timeout)

    def meta(self) -> dict[str, str]:
        """Return the table `meta`."""
        with self.reading() as connection:
            return dict(connection.execute("SELECT key, value FROM meta"))

    def check(self, *, thorough: bool = False) -> None:
        """Go through all pages, and if thorough, all indexes and references.

        Raises DamagedError if something is wrong.
        """
        with self.reading() as connection:
            pragma = "integrity_check(1)" if thorough else "quick_check(1)"
            (found,) = connection.execute(f"PRAGMA {pragma}").fetchone()
            if found == "ok" and thorough:
                row = connection.execute("PRAGMA foreign_key_check").fetchone()
                found = "ok" if row is None else f"a row of {row[0]} refers to none of {row[2]}"
        if found != "ok":
            why = f" ({' '.join(found.split())})" if thorough else ""
            raise DamagedError(f"{self.file}: {_REASONS[sqlite3.SQLITE_CORRUPT]}{why}")

    def backup(self, file: Path) -> None:
        """Copy one state of the database into a file of its own, without a log beside it."""
        try:
            with (
                replacing(file) as draft,
                _plain_errors(file),
                closing(sqlite3.connect(draft.name)) as copy,
                self._reader() as connection,
            ):
                copy.execute("PRAGMA synchronous = OFF")  # the draft is flushed at the end
                connection.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
        except OSError as error:
            raise CollectionError(f"{file}: {reason(error)}") from error

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read one unchanging state of the database."""
        try:
            with self._reader() as connection, self._transaction(connection, "BEGIN"):
                yield connection
        except DamagedVectorError:
            self._note_suspicion()
            raise

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Change the database, all or nothing; if nothing changes, the state stays as it is."""
        with self.staging() as connection:
            before = connection.total_changes
            yield connection
            if connection.total_changes > before:
                _note_change(connection)

    @contextmanager
    def staging(self) -> Iterator[sqlite3.Connection]:
        """Write what no search looks at, all or nothing; the state stays as it is."""
        if self.read_only:
            raise CollectionError(
                f"{self.file}: a collection in one file cannot be changed; "
                f"`visavis copy {self.file} FOLDER` makes one that can"
            )
        with self._write_lock:
            self._check_open()
            with self._transaction(self._writer, "BEGIN IMMEDIATE"):
                yield self._writer

    @property
    def is_suspect(self) -> bool:
        """Whether a damaged vector has been read since the last `clear_suspicion`."""
        return self._suspicion.exists()

    def clear_suspicion(self) -> None:
        """Forget that a damaged vector has been read."""
        self._suspicion.unlink(missing_ok=True)

    def _note_suspicion(self) -> None:
        if not self.read_only:
            with suppress(OSError):
                self._suspicion.touch()

    @property
    def _suspicion(self) -> Path:
        return self.file.with_name(f"{self.file.name}-damaged")

    @contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        """Take an idle connection, or make one, and give it back."""
        with self._readers_lock:
            self._check_open()
            connection = self._readers.pop() if self._readers else None
        if connection is None:
            mode = _mode(self.file, read_only=self.read_only)
            with _connecting(self.file, mode, self._timeout) as connection:
                pass
        try:
            yield connection
        finally:
            with self._readers_lock:
                self._readers.append(connection)
                if self._closed:
                    self._close_readers()

    @contextmanager
    def _transaction(self, connection: sqlite3.Connection, begin: str) -> Iterator[None]:
        with _plain_errors(self.file):
            connection.execute(begin)
            try:
                yield
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _check_open(self) -> None:
        if self._closed:
            raise CollectionError(f"{self.file.parent}: the collection is closed")

    def _close_readers(self) -> None:
        while self._readers:
            self._readers.pop().close()

    def close(self) -> None:
        """Close all connections; a transaction afterwards raises CollectionError."""
        with self._write_lock, self._readers_lock:
            self._closed = True
            self._writer.close()
            self._close_readers()


def is_there(file: Path) -> bool:
    """Tell whether there is a file; raises CollectionError if it may not be looked at."""
    try:
        return file.is_file()
    except OSError as error:
        raise CollectionError(f"{file}: {reason(error)}") from error


@contextmanager
def _plain_errors(file: Path) -> Iterator[None]:
    """Turn errors of the file into one line; errors in our own SQL pass as they are."""
    try:
        yield
    except UnicodeDecodeError as error:  # SQLite quotes a damaged schema in its message
        raise DamagedError(f"{file}: {_REASONS[sqlite3.SQLITE_CORRUPT]}") from error
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if str(error).startswith(_OF_DAMAGE):
            code = sqlite3.SQLITE_CORRUPT
        if code not in _REASONS:
            raise
        kind = _KINDS.get(code, CollectionError)
        raise kind(f"{file}: {_REASONS[code]}") from error


@contextmanager
def _connecting(file: Path, mode: str, timeout: float) -> Iterator[sqlite3.Connection]:
    """Connect, and leave the connection open unless something fails."""
    with _plain_errors(file):
        connection = sqlite3.connect(
            f"{file.absolute().as_uri()}?{mode}",
            uri=True,
            timeout=timeout,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = NORMAL")
            register_functions(connection)
            yield connection
        except BaseException:
            connection.close()
            raise


def _mode(file: Path, *, read_only: bool) -> str:
    if not read_only and _writable(file) and _writable(file.parent):
        return "mode=rw"
    # A log beside the file holds changes; without one, SQLite would want to make one.
    return "mode=ro" if file.with_name(file.name + "-wal").exists() else "immutable=1"


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _version(file: Path, connection: sqlite3.Connection) -> int:
    """Return the version of the tables; raises CollectionError for those of another program."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION:
        raise CollectionError(
            f"{file}: not a collection, but an empty file or the database of another program"
        )
    if version > FORMAT:
        raise CollectionError(
            f"{file}: made by a newer visavis (format {version}, this one reads {FORMAT})"
        )
    return int(version)


def _upgrade(connection: sqlite3.Connection) -> None:
    """Bring the tables of an earlier version up to date; no row is touched."""
    connection.execute("BEGIN IMMEDIATE")
    # Another process may have been first.
    if not _has(connection, "sources", "reading"):
        connection.execute("ALTER TABLE sources ADD COLUMN reading INTEGER NOT NULL DEFAULT 0")
    if not _has(connection, "items", "added"):
        connection.execute("ALTER TABLE items ADD COLUMN added TEXT")
    if not _has(connection, "items", "marks"):
        connection.execute("ALTER TABLE items ADD COLUMN marks TEXT")
    if not _has(connection, "items", "changed"):
        connection.execute("ALTER TABLE items ADD COLUMN came INTEGER NOT NULL DEFAULT 0")
        connection.execute("ALTER TABLE items ADD COLUMN changed INTEGER NOT NULL DEFAULT 0")
        keep_history(connection)
        note_generation(connection)
    _run(connection, _INDEXES)
    connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.execute("COMMIT")


def _column(connection: sqlite3.Connection, column: str, otherwise: str) -> str:
    """Return a column of `sources s` or `items i`, or what stands for it where it is not there."""
    alias, _, name = column.partition(".")
    return column if _has(connection, {"s": "sources", "i": "items"}[alias], name) else otherwise


def _has(connection: sqlite3.Connection, table: str, column: str) -> bool:
    return column in [name for (_, name, *_) in connection.execute(f"PRAGMA table_info({table})")]


def _run(connection: sqlite3.Connection, statements: str) -> None:
    for statement in statements.split(";\n"):
        connection.execute(statement)


def _lay_out(file: Path, connection: sqlite3.Connection, meta: Mapping[str, str | int]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
        raise CollectionError(f"{file}: there is a collection here already")
    _run(connection, _SCHEMA + _INDEXES)
    keep_history(connection)
    connection.execute(f"PRAGMA application_id = {_APPLICATION}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    _note_change(connection)
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")


def _note_change(connection: sqlite3.Connection) -> None:
    connection.execute(
        """INSERT INTO meta VALUES ('generation', 1), ('state', ?), ('changed', ?)
        ON CONFLICT DO UPDATE
        SET value = iif(key = 'generation', value + 1, excluded.value)""",
        (uuid4().hex, datetime.now(UTC).isoformat(timespec="seconds")),
    )
    note_generation(connection)
