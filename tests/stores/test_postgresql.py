"""What only a server can do wrong: connections, passwords, roles, several writers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from records import DIM, caption, filled_store, image, unit, with_regions
from visavis.errors import CollectionError
from visavis.stores import Order, SourceState, Stamp, create_store, open_store
from visavis.stores.postgresql import PostgreSQLStore
from visavis.stores.postgresql import moments as computing
from visavis.stores.postgresql.connection import Database
from visavis.stores.postgresql.filter_sql import regular_expression
from visavis.stores.postgresql.location import Location
from visavis.stores.postgresql.schema import VERSION, check_extension, check_version
from visavis.stores.urls import without_password
from visavis.types import Condition

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
    """Give a connection of the server's owner, in the schema of the collection."""
    where = Location.parse(location)
    with psycopg.connect(where.database, autocommit=True) as connection:
        connection.execute(f'SET search_path TO "{where.schema}", public')
        yield connection


def forget_history(admin):
    """Remove from the tables what version 6 added."""
    functions = "note_item_added, note_item_removed, note_source, note_source_removed"
    admin.execute(f"DROP FUNCTION {functions} CASCADE")
    admin.execute("DROP FUNCTION next_generation")
    admin.execute("DROP TABLE removed, generations")
    admin.execute("ALTER TABLE items DROP COLUMN came, DROP COLUMN changed")


@pytest.fixture
def reader(store, location, admin):
    """Return the collection's URL for a role that may only read."""
    schema = Location.parse(location).schema
    if admin.execute("SELECT 1 FROM pg_roles WHERE rolname = 'reader'").fetchone():
        admin.execute("DROP OWNED BY reader")
        admin.execute("DROP ROLE reader")
    admin.execute("CREATE ROLE reader LOGIN")
    admin.execute(f'GRANT USAGE ON SCHEMA "{schema}" TO reader')
    admin.execute(f'GRANT SELECT ON ALL TABLES IN SCHEMA "{schema}" TO reader')
    return location.replace("://postgres:", "://reader:")


def ids(store, k=10):
    return [hit.id for hit in store.search(unit(1)[np.newaxis], k)[0]]


class TestLocation:
    def test_the_collection_is_a_schema_and_other_options_are_libpqs(self):
        location = Location.parse("postgresql://me@host:5433/db?collection=photos&sslmode=require")
        assert location.schema == "photos"
        assert location.database == "postgresql://me@host:5433/db?sslmode=require"
        assert Location.parse("postgresql:///db").schema == "visavis"

    @pytest.mark.parametrize("name", ['a"b', "A", "", "a b", "x" * 64, "é"])
    def test_names_that_are_not_plain_are_refused(self, name):
        with pytest.raises(CollectionError, match="expected lower-case letters"):
            Location.parse(f"postgresql:///db?collection={name}")

    def test_a_password_is_never_shown(self):
        shown = without_password("postgresql://me:secret@host/db?collection=a")
        assert shown == "postgresql://me:***@host/db?collection=a"


class TestConnecting:
    @pytest.mark.parametrize("use", [open_store, lambda at: create_store(at, "model@1", DIM)])
    def test_a_server_that_is_not_there_is_one_line_without_the_password(self, use):
        with pytest.raises(CollectionError, match=r"me:\*\*\*@127\.0\.0\.1") as caught:
            use("postgresql://me:secret@127.0.0.1:1/db")
        assert "secret" not in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_an_unknown_user_is_one_line(self, location):
        with pytest.raises(CollectionError, match="nobody") as caught:
            open_store(location.replace("://postgres:@", "://nobody:secret@"))
        assert "\n" not in str(caught.value)
        assert "secret" not in str(caught.value)

    def test_a_connection_lost_between_searches_is_made_again(self, store, admin):
        before = ids(store)
        admin.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = 'visavis'"""
        )
        assert ids(store) == before

    def test_a_closed_store_says_so(self, store):
        store.close()
        store.close()
        with pytest.raises(CollectionError, match="closed"):
            ids(store)

    def test_a_null_character_is_refused_in_one_line(self, store):
        with pytest.raises(CollectionError):
            store.upsert([image("a\0b", unit(1))])
        assert len(ids(store)) == 5


class TestVersions:
    def test_tables_of_a_later_version_are_refused(self, store, location, admin):
        admin.execute("UPDATE meta SET value = %s WHERE key = 'version'", (str(VERSION + 1),))
        with pytest.raises(CollectionError, match="upgrade visavis"):
            open_store(location)
        assert check_version(str(VERSION), "here") == VERSION

    def test_tables_of_the_first_version_are_upgraded_and_keep_their_rights(
        self, store, location, admin, reader
    ):
        store.mark_missing(["i2.jpg"])
        before = store.search(unit(1)[np.newaxis], 9)
        store.migrate("model@2", DIM).put([image("i3", unit(2))])
        for table in ("vectors", "next_vectors"):
            columns = ("id", "modality", "findable")
            admin.execute(f"ALTER TABLE {table} {', '.join(f'DROP {name}' for name in columns)}")
        admin.execute("ALTER TABLE sources DROP COLUMN reading")
        forget_history(admin)
        admin.execute("ALTER TABLE items DROP COLUMN added, DROP COLUMN marks")
        admin.execute("DROP INDEX sources_by_taken")
        admin.execute("UPDATE meta SET value = '1' WHERE key = 'version'")
        with pytest.raises(CollectionError, match="open it once as their owner"):
            open_store(reader)
        again = open_store(location)
        assert again.search(unit(1)[np.newaxis], 9) == before
        again.upsert([image("new", unit(1), source="i1.jpg")])
        assert ids(again) == ["new", "i5", "i4", "i3"]
        assert again.migrate("model@2", DIM).finish(["i1", "i2", "i4", "i5", "new"])
        assert ids(again.current()) == ["i3"]
        again.close()
        reading = open_store(reader)
        assert ids(reading) == ["i3"]
        assert {each.id for each in reading.changes().changes} == {f"i{n}" for n in range(1, 6)} | {
            "new"
        }
        reading.close()

    def test_tables_of_the_second_version_are_upgraded(self, store, location, admin):
        admin.execute("ALTER TABLE sources DROP COLUMN reading")
        forget_history(admin)
        admin.execute("ALTER TABLE items DROP COLUMN added, DROP COLUMN marks")
        admin.execute("DROP INDEX sources_by_taken")
        admin.execute("UPDATE meta SET value = '2' WHERE key = 'version'")
        again = open_store(location)
        assert again.states(["i1.jpg"]) == {"i1.jpg": SourceState("i1")}
        again.upsert([image("i1", stamp=Stamp(1, 2, 3))])
        assert again.states(["i1.jpg"])["i1.jpg"].stamp == Stamp(1, 2, 3)
        assert [each.place.value for each in again.listed(Order("added"))] == [None] * 5
        again.close()

    def test_tables_of_the_third_version_are_upgraded(self, store, location, admin):
        forget_history(admin)
        admin.execute("ALTER TABLE items DROP COLUMN added, DROP COLUMN marks")
        admin.execute("DROP INDEX sources_by_taken")
        admin.execute("UPDATE meta SET value = '3' WHERE key = 'version'")
        again = open_store(location)
        again.upsert([image("new", unit(1), taken="2024-05-01")])
        assert again.listed(Order("added"))[0].item.id == "new"
        assert again.months("taken") == {"2024-05": 1, "": 5}
        again.close()

    @pytest.mark.parametrize("version", [None, "0.7.4", "0.8.3"])
    def test_an_extension_that_is_missing_or_old_is_refused(self, version):
        with pytest.raises(CollectionError, match=r"0\.8\.4 or later"):
            check_extension(version, "here")

    @pytest.mark.parametrize("version", ["0.8.4", "0.8.10", "0.9", "1.0.0"])
    def test_a_recent_extension_is_fine(self, version):
        check_extension(version, "here")


class TestWriters:
    def test_two_at_once_lose_nothing(self, store, location):
        def write(first):
            own = open_store(location)
            for n in range(first, first + 40):
                own.upsert([image(f"w{n}", unit(n % 7, 1))])
            own.close()

        threads = [threading.Thread(target=write, args=(first,)) for first in (0, 100)]
        generation = store.generation
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.count() == 85
        assert store.generation == generation + 80

    def test_killed_in_the_middle_of_an_upsert_it_is_as_before(self, store, location):
        code = """if True:
            import sys, time
            from records import image, unit
            from visavis.stores import open_store

            from visavis.stores.postgresql import writing

            writing.BATCH = 1

            def records():
                yield image("new", unit(3))
                print("half way", flush=True)
                time.sleep(60)

            open_store(sys.argv[1]).upsert(records())
            """
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        child = subprocess.Popen(
            [sys.executable, "-c", code, location], stdout=subprocess.PIPE, env=environment
        )
        assert child.stdout.readline() == b"half way\n"
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        store.upsert([image("after", unit(2))])  # waits for the lock of the one that is dead
        assert not store.get(["new"])
        assert store.count() == 6

    def test_a_role_that_may_only_read_searches_and_writes_nothing(self, store, reader):
        reading = open_store(reader)
        assert ids(reading) == ids(store)
        assert reading.moments("image").count == 5
        with pytest.raises(CollectionError, match="permission denied"):
            reading.delete(["i1"])
        reading.close()


class TestIndex:
    @pytest.fixture
    def indexed(self, store, monkeypatch):
        monkeypatch.setattr(PostgreSQLStore, "least", 0)
        rng = np.random.default_rng(0)
        store.upsert(image(f"r{n:03}", unit(*rng.normal(size=DIM)), n=n) for n in range(200))
        store.build_index("image")
        return store

    def search(self, store, where=(), **options):
        (hits,) = store.search(unit(0, 1)[np.newaxis], 10, "image", where, **options)
        return hits

    def test_few_are_compared_one_by_one_all_the_same(self, indexed, monkeypatch):
        assert not self.search(indexed).exact
        monkeypatch.setattr(PostgreSQLStore, "least", 300)
        assert self.search(indexed).exact

    def test_a_search_is_one_turn_to_the_server(self, indexed, monkeypatch):
        first = self.search(indexed)  # looks for the index
        asked, ask = [], Database.ask

        def count(self, sql, *rest, **options):
            asked.append(sql)
            return ask(self, sql, *rest, **options)

        monkeypatch.setattr(Database, "ask", count)
        monkeypatch.setattr(Database, "reading", None)
        assert self.search(indexed) == first
        assert len(asked) == 1
        self.search(indexed, (Condition("n", "<", 150),))
        assert len(asked) == 2

    def test_a_plan_that_is_kept_follows_the_index_and_settings_end_with_a_search(self, indexed):
        def compare():
            for where in ((), (Condition("n", "<", 150),), ()):
                near, exact = (self.search(indexed, where, exact=each) for each in (False, True))
                assert [hit.id for hit in near] == [hit.id for hit in exact]
            return near.exact

        assert [compare() for _ in range(8)] == [False] * 8  # from the sixth on by a general plan
        with indexed._database.maintaining() as connection:
            settings = "SELECT current_setting('enable_sort'), current_setting('hnsw.ef_search')"
            assert connection.execute(settings).fetchone() == ("on", "200")
        indexed.drop_index("image")
        assert compare()
        indexed.build_index("image")
        assert not compare()

    def test_another_model_with_longer_vectors_is_one_line(self, indexed):
        self.search(indexed)
        migration = indexed.migrate("model@2", DIM + 1)
        longer = np.eye(DIM + 1, dtype=np.float32)[0]
        migration.put([image("i1", longer)])
        assert migration.finish(
            [*(f"i{n}" for n in range(2, 6)), *(f"r{n:03}" for n in range(200))]
        )
        for exact in (False, True):
            with pytest.raises(CollectionError, match="migrated to model 'model@2' meanwhile"):
                self.search(indexed, exact=exact)

    def test_it_is_built_again_dropped_and_lost_to_a_migration(self, indexed):
        indexed.build_index("image")
        assert indexed.index_state("image").vectors == 205
        migration = indexed.migrate("model@2", DIM)
        migration.put([image(f"r{n:03}", unit(1, n)) for n in range(200)])
        assert migration.finish([f"i{n}" for n in range(1, 6)])
        new = indexed.current()
        assert new.index_state("image") is None
        assert self.search(new).exact
        new.build_index("image")
        assert not self.search(new).exact
        new.drop_index("image")
        new.drop_index("image")
        assert self.search(new).exact

    def test_what_a_filter_leaves_is_found_however_little_it_is(self, indexed):
        one = self.search(indexed, (Condition("n", "=", 77),))
        assert ([hit.id for hit in one], one.exact) == (["r077"], True)
        where = (Condition("n", "<", 50),)
        assert self.search(indexed, where) == self.search(indexed, where, exact=True)

    def test_additions_and_missing_ones_count_at_once(self, indexed):
        indexed.upsert([image("new", unit(0, 1))])
        assert self.search(indexed)[0].id == "new"
        indexed.mark_missing(["new.jpg"])
        assert self.search(indexed)[0].id != "new"
        assert indexed.size("image") == 205
        indexed.mark_missing(["new.jpg"], missing=False)
        hits = self.search(indexed)
        assert (hits[0].id, hits.exact) == ("new", False)

    def test_regions_have_one_of_their_own(self, store, monkeypatch):
        monkeypatch.setattr(PostgreSQLStore, "least", 0)
        rng = np.random.default_rng(0)
        rows = [[unit(*row) for row in rng.normal(size=(4, DIM))] for _ in range(60)]
        store.upsert(with_regions(f"r{n}", *row) for n, row in enumerate(rows))
        store.build_index("image", regions=True)
        assert store.index_state("image", regions=True).vectors == 245
        near, exact = (self.search(store, regions=True, exact=each) for each in (False, True))
        assert (near, near.exact, exact.exact) == (exact, False, True)


class TestMoments:
    def test_they_are_kept_and_computed_anew_after_a_change(self, store, monkeypatch):
        first = store.moments("image")
        monkeypatch.setattr("visavis.stores.postgresql.store.compute_moments", None)
        assert np.array_equal(store.moments("image").second, first.second)
        monkeypatch.undo()
        store.upsert([image("new", unit(9, -2))])
        assert store.moments("image").count == 6

    def test_of_many_vectors_a_sample_tells_the_deviations(self, store, monkeypatch):
        rng = np.random.default_rng(0)
        rows = rng.normal(size=(900, DIM)) + 1
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        store.upsert(
            record
            for n, row in enumerate(rows.astype(np.float32))
            for record in (caption(f"t{n}", unit(1), "in turns"), image(f"s{n}", row))
        )
        exact = store.moments("image")
        store.upsert([image("another", unit(1, 1))])
        monkeypatch.setattr(computing, "MOST", 450)
        sampled = store.moments("image")
        assert (exact.count, sampled.count) == (905, 906)
        query = unit(1)[np.newaxis]
        assert sampled.deviations(query) == pytest.approx(exact.deviations(query), rel=0.15)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("Par", "par"), ("a.b", r"a\.b"), ("p*s", "^p.*s$"), ("p?s", "^p.s$"), (80.0, "80")],
)
def test_patterns(value, expected):
    assert regular_expression(value) == expected
