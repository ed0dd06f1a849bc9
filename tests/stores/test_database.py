from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from time import perf_counter

import pytest

from visavis.errors import CollectionError
from visavis.stores.database import Database


@pytest.fixture
def database(tmp_path):
    with closing(Database.create(tmp_path / "collection.sqlite", {"dim": 4}, 5)) as database:
        yield database


@pytest.fixture
def other(database):
    """A connection of another process."""
    with closing(sqlite3.connect(database.file, isolation_level=None)) as connection:
        yield connection


def write(database):
    with database.writing() as connection:
        connection.execute("UPDATE meta SET value = '8' WHERE key = 'dim'")


def test_readers_do_not_wait_for_a_writer_that_waits(database, other):
    other.execute("BEGIN IMMEDIATE")
    writer = threading.Thread(target=write, args=(database,))
    writer.start()
    start = perf_counter()
    assert database.meta()["dim"] == "4"
    assert writer.is_alive()
    assert perf_counter() - start < 1
    other.execute("COMMIT")
    writer.join()
    assert database.meta()["dim"] == "8"


def test_readers_do_not_wait_for_each_other(database):
    with database.reading() as one:
        before = one.execute("SELECT value FROM meta WHERE key = 'dim'").fetchone()
        write(database)
        assert database.meta()["dim"] == "8"
        assert one.execute("SELECT value FROM meta WHERE key = 'dim'").fetchone() == before


def test_a_connection_is_used_again(database):
    with database.reading() as one:
        pass
    with database.reading() as again:
        assert again is one


def test_once_closed_all_connections_are(database):
    with database.reading() as late:
        with database.reading() as idle:
            pass
        database.close()
        with pytest.raises(sqlite3.ProgrammingError):
            idle.execute("SELECT 1")
        assert late.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(sqlite3.ProgrammingError):
        late.execute("SELECT 1")
    for using in (database.meta, lambda: write(database)):
        with pytest.raises(CollectionError, match="closed"):
            using()
