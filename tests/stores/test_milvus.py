"""What only Milvus can do wrong: addresses, lost servers, requests, indexes, long values."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from milvus_server import start, stop
from records import DIM, caption, found, image, unit, with_regions
from visavis.errors import CollectionError, MissingExtraError, RejectedError, UnavailableError
from visavis.stores import create_store, open_store
from visavis.stores.milvus import store as moments
from visavis.stores.milvus import table
from visavis.stores.milvus.location import Location
from visavis.types import Condition


@pytest.fixture
def location(milvus_location):
    return milvus_location


@pytest.fixture
def store(location):
    store = create_store(location, "model@1", DIM)
    store.upsert([image(f"i{n}", unit(n, 1)) for n in range(1, 6)])
    yield store
    store.close()


class TestLocation:
    def test_of_a_server_with_a_user(self):
        url = "milvus+https://me:s%3Acret@host:443/photos?consistency=bounded&database=archive"
        location = Location.parse(url)
        assert location == Location("https://host:443", "me:s:cret", "archive", "photos", "bounded")

    def test_what_is_left_out(self):
        location = Location.parse("milvus+http://host")
        assert location == Location("http://host:19530", "", "", "visavis", "strong")
        assert Location.parse("milvus+https://:token@host").token == "token"

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ("/a-b", "expected letters, digits and _"),
            ("/a/b", "expected letters, digits and _"),
            ("/a?consistency=weak", "known are strong, bounded"),
            ("/a?timeout=3", "known are consistency, database"),
            (":99999/a", "no number from 0 to 65535"),
        ],
    )
    def test_what_cannot_be(self, wrong, message):
        with pytest.raises(CollectionError, match=message):
            Location.parse(f"milvus+http://host{wrong}")


class TestConnecting:
    @pytest.mark.parametrize("use", [open_store, lambda at: create_store(at, "model@1", DIM)])
    def test_a_server_that_is_not_there_is_one_line_without_the_password(self, milvus, use):
        with pytest.raises(UnavailableError, match=r"me:\*\*\*@127\.0\.0\.1:1/a: the server") as no:
            use("milvus+http://me:secret@127.0.0.1:1/a")
        assert "\n" not in str(no.value)

    def test_without_the_package_it_says_what_to_install(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "pymilvus", None)
        with pytest.raises(MissingExtraError, match=r"pip install 'visavis\[milvus\]'"):
            open_store("milvus+http://127.0.0.1:1/a")

    def test_a_collection_of_others_is_left_alone(self, store, milvus, location):
        store._connection.call("create_collection", "theirs", dimension=3)
        for use in (open_store, lambda at: create_store(at, "model@1", DIM)):
            with pytest.raises(CollectionError, match="theirs"):
                use(f"{milvus}/theirs")

    def test_bounded_consistency_finds_the_same(self, store, location):
        lagging = open_store(f"{location}?consistency=bounded")
        assert found(lagging, 9) == found(store, 9)
        lagging.close()

    def test_a_server_lost_in_a_search_is_one_line_and_found_again(self, tmp_path):
        server, url = start(tmp_path)
        store = create_store(f"{url}/photos", "model@1", DIM)
        store.upsert([image("a", unit(1)), image("b", unit(1, 1))])
        stop(server)
        with pytest.raises(UnavailableError, match=r"/photos: the server does not answer$"):
            found(store, 5)
        server, _ = start(tmp_path, int(url.rpartition(":")[2]))
        try:
            again = open_store(f"{url}/photos")
            assert found(again, 5) == ["a", "b"]
            again.close()
            store.close()
        finally:
            stop(server)


class TestRequests:
    def test_killed_between_two_requests_it_keeps_what_it_sent(self, store, location):
        code = """if True:
            import sys, time
            from records import image, unit
            from visavis.stores import open_store
            from visavis.stores.milvus import table

            table._BATCH_BYTES = 1
            count, real = 0, table.Table._next_state

            def state(self):
                global count
                count += 1
                if count == 3:
                    print("half way", flush=True)
                    time.sleep(60)
                return real(self)

            table.Table._next_state = state
            open_store(sys.argv[1]).upsert(image(f"new{n}", unit(3)) for n in range(5))
            """
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        child = subprocess.Popen(
            [sys.executable, "-c", code, location], stdout=subprocess.PIPE, env=environment
        )
        generation = store.generation
        assert child.stdout.readline() == b"half way\n"
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        assert store.encoded([f"new{n}" for n in range(5)]) == {"new0", "new1"}
        assert store.generation > generation
        store.upsert(image(f"new{n}", unit(3)) for n in range(5))
        assert store.count() == 10

    def test_all_is_read_page_by_page(self, store, monkeypatch):
        monkeypatch.setattr(table, "_PAGE", 2)
        store.upsert([image("i1", None, source="copy.jpg"), caption("t", unit(1), "words")])
        assert store.count("image") == 5
        assert store.metadata_types("image") == {}
        assert store.ids() == ["i1", "i2", "i3", "i4", "i5", "t"]
        assert store.search(unit(1)[np.newaxis], 9, where=(Condition("id", "!=", "i5"),)) == [
            [hit for hit in store.search(unit(1)[np.newaxis], 9)[0] if hit.id != "i5"]
        ]

    def test_ids_that_are_hashes_are_read_from_a_narrow_range(self, store, monkeypatch):
        monkeypatch.setattr(table, "_READ_WITHIN", 0)
        store.delete([f"i{n}" for n in range(1, 6)])
        names = [f"{n * 2**28 // 12:08x}{n:024x}" for n in range(12, 180)]
        store.upsert(image(name, unit(1)) for name in names)
        seen, page = [], store.ids(limit=20)
        while page:
            seen += page
            page = store.ids(after=page[-1], limit=20)
        assert seen == sorted(names)

    @pytest.mark.parametrize("long", [{"text": "é" * 40_000}, {"tag": "x" * 70_000}])
    def test_what_is_too_long_is_refused_and_leaves_nothing(self, store, long):
        text = long.pop("text", "short")
        with pytest.raises(RejectedError, match=r"takes \d\d,\d\d\d bytes; Milvus takes 65,535"):
            store.upsert([image("new", unit(1)), caption("t", unit(1), text, **long)])
        assert store.count() == 5

    def test_names_and_values_that_look_like_expressions(self, store):
        names = ['a"b\\', "x' or 1 == 1", "deux\nlignes", "%_*", "\\"]
        store.upsert([image(name, unit(1), source=name, by=name) for name in names])
        for name in names:
            assert store.states([name])[name].id == name
            assert found(store, 9, where=(Condition("by", "=", name),)) == [name]
        assert found(store, 9, where=(Condition("by", "~", "%_"),)) == ["%_*"]
        assert store.delete(names) == 5
        assert store.count() == 5


class TestIndex:
    @pytest.fixture
    def indexed(self, store):
        rng = np.random.default_rng(0)
        store.upsert(image(f"r{n:03}", unit(*rng.normal(size=DIM)), n=n) for n in range(300))
        store.build_index("image")
        return store

    def search(self, store, where=(), k=10, **options):
        (hits,) = store.search(unit(0, 1)[np.newaxis], k, "image", where, **options)
        return hits

    def test_it_is_built_and_dropped(self, indexed):
        state = indexed.index_state("image")
        assert (state.vectors, state.pending) == (305, 0)
        assert not self.search(indexed).exact
        assert self.search(indexed, k=201).exact
        indexed.build_index("text")
        indexed.drop_index("image")
        assert indexed.index_state("image") is None
        assert self.search(indexed).exact

    def test_all_are_compared_on_demand(self, indexed, monkeypatch):
        monkeypatch.setattr(table, "_PAGE", 64)
        by_index, exact = self.search(indexed), self.search(indexed, exact=True)
        assert exact.exact
        indexed.drop_index("image")
        assert by_index == exact == self.search(indexed)

    def test_what_a_filter_leaves_is_found_however_little_it_is(self, indexed):
        assert [hit.id for hit in self.search(indexed, (Condition("n", "=", 77),))] == ["r077"]
        where = (Condition("n", "!=", 7), Condition("n", "<", 12))
        assert self.search(indexed, where) == self.search(indexed, where, exact=True)


def test_more_of_the_same_than_one_request_returns(store, monkeypatch):
    monkeypatch.setattr("visavis.stores.milvus.ranking.MOST_ROWS", 16)
    store.upsert(image(f"s{n:02}", unit(1)) for n in reversed(range(40)))
    assert found(store, 3) == ["s00", "s01", "s02"]


def test_of_many_vectors_a_sample_tells_the_deviations(store, monkeypatch):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(600, DIM)) + 1
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    store.upsert(image(f"s{n}", row.astype(np.float32)) for n, row in enumerate(rows))
    exact = store.moments("image")
    store.upsert([image("another", unit(1, 1))])
    monkeypatch.setattr(moments, "SAMPLED", 200)
    sampled = store.moments("image")
    assert (exact.count, sampled.count) == (605, 606)
    query = unit(1)[np.newaxis]
    assert sampled.deviations(query) == pytest.approx(exact.deviations(query), rel=0.15)


def test_when_an_item_was_added_is_kept(store):
    before = store.records(["i1.jpg"])[0].added
    assert before.endswith("Z")
    store.upsert([image("i1", unit(0, 1)), replace(image("x", unit(1)), added="1999-12-31")])
    assert [record.added for record in store.records(["i1.jpg", "x.jpg"])] == [before, "1999-12-31"]


def test_an_image_found_twice_is_one(store):
    store.upsert([with_regions("i1", unit(1), unit(0, 1)), image("i1", None, source="copy.jpg")])
    assert (store.count(), store.size("image"), store.stats().regions) == (5, 5, 1)
    assert found(store, 9).count("i1") == 1
    assert store.count(where=(Condition("source", "~", "*.jpg"),)) == 5
    assert store.forget(["i1.jpg"]) == 0
    (hit,) = store.search(unit(0, 1)[np.newaxis], 1, regions=True)[0]
    assert (hit.id, hit.source, str(hit.box)) == ("i1", "copy.jpg", "0,0,10,10")
