"""How a store migrates to another model: each test runs on each engine that can."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from records import DIM, found, image, unit
from visavis.errors import CollectionError
from visavis.stores import MigratableStore, Region, SourceState, Stamp, open_store
from visavis.types import Box

NEXT_DIM = 8


def records(*names, regions=()):
    vector = np.full(NEXT_DIM, NEXT_DIM**-0.5, np.float32)
    own = [Region(box, vector) for box in regions]
    return [replace(image(name, vector), regions=own) for name in names]


@pytest.fixture
def full(store):
    if not isinstance(store, MigratableStore):
        pytest.skip("this engine does not migrate")
    store.upsert([image(name, unit(1), stamp=Stamp(1, 2), by=name) for name in "abc"])
    return store


def test_nothing_is_seen_before_the_end(full):
    generation = full.generation
    migration = full.migrate("model@2", NEXT_DIM)
    assert migration.counts() == (0, 3)
    migration.put(records("a", "b"))
    assert migration.counts() == (2, 3)
    assert list(migration.left()) == ["c"]
    assert found(full, 5) == ["a", "b", "c"]
    assert (full.generation, full.model_id, full.dim) == (generation, "model@1", DIM)
    assert full.encoded("abc") == set("abc")


def test_items_left_are_named_with_their_sources_page_by_page(full):
    full.upsert([image("b", source="0.jpg"), image("b", source="z.jpg", stamp=Stamp(3, 4))])
    full.mark_missing(["b.jpg", "0.jpg"])
    migration = full.migrate("model@2", NEXT_DIM)
    first = migration.left(limit=2)
    assert list(first) == ["a", "b"]
    assert list(first["b"].items()) == [
        ("z.jpg", SourceState("b", Stamp(3, 4))),
        ("0.jpg", SourceState("b", missing=True)),
        ("b.jpg", SourceState("b", Stamp(1, 2), missing=True)),
    ]
    assert list(migration.left(after="b", limit=2)) == ["c"]
    assert migration.left(after="c") == {}


def test_all_or_nothing_is_migrated(location, full):
    sources, items = full.sources(), full.get("abc")
    migration = full.migrate("model@2", NEXT_DIM)
    migration.put(records("a", "b"))
    assert not migration.finish(without=[])
    assert found(full, 5) == ["a", "b", "c"]
    migration.put(records("c", regions=[Box(0, 0, 2, 2)]))
    assert migration.finish(without=[])
    migrated = open_store(location)
    assert (migrated.model_id, migrated.dim) == ("model@2", NEXT_DIM)
    assert (migrated.sources(), migrated.get("abc")) == (sources, items)
    assert migrated.vectors(["b"]).shape == (1, NEXT_DIM)
    assert migrated.with_regions("abc") == {"c"}
    migrated.close()


def test_a_store_that_is_open_meanwhile_says_so(location, full):
    other = open_store(location)
    migration = full.migrate("model@2", NEXT_DIM)
    migration.put(records(*"abc"))
    migration.finish(without=[])
    for use in (
        lambda: found(other, 1),
        lambda: other.vectors(["a"]),
        lambda: other.moments("image"),
        lambda: other.upsert([image("d", unit(1))]),
    ):
        with pytest.raises(CollectionError, match="migrated to model 'model@2' meanwhile"):
            use()
    other.close()


def test_items_left_behind_are_kept_but_not_found(location, full):
    migration = full.migrate("model@2", NEXT_DIM)
    migration.put(records("a", "c"))
    assert migration.finish(without=["b"])
    migrated = open_store(location)
    assert migrated.encoded("abc") == {"a", "c"}
    assert migrated.get(["b"])[0].metadata == {"by": "b"}
    assert migrated.sources()["b.jpg"].missing
    assert migrated.count() == 2
    query = np.full((1, NEXT_DIM), 1, np.float32)
    assert [hit.id for hit in migrated.search(query, 5)[0]] == ["a", "c"]
    migrated.upsert(records("b"))
    assert migrated.encoded("abc") == set("abc")
    assert migrated.count() == 3
    migrated.close()


def test_it_is_resumed_or_given_up(location, full):
    full.migrate("model@2", NEXT_DIM).put(records("a"))
    again = open_store(location)
    assert list(again.migrate("model@2", NEXT_DIM).left()) == ["b", "c"]
    old = full.migrate("model@2", NEXT_DIM)
    assert again.migrate("model@3", NEXT_DIM).counts() == (0, 3)
    with pytest.raises(CollectionError, match="another process has ended this migration"):
        old.put(records("b"))
    again.close()


def test_items_that_go_meanwhile(full):
    migration = full.migrate("model@2", NEXT_DIM)
    migration.put(records("a", "ghost"))
    full.delete(["a", "b"])
    assert migration.counts() == (0, 1)
    migration.put(records("c"))
    assert migration.finish(without=[])


def test_items_without_a_source_do_not_count(full):
    full.upsert([image("d", unit(1), source="c.jpg")])
    migration = full.migrate("model@2", NEXT_DIM)
    assert list(migration.left()) == ["a", "b", "d"]
    migration.put(records("a", "b", "d"))
    assert migration.counts() == (3, 3)
    assert migration.finish(without=[])


def test_vectors_of_another_length_are_refused(full):
    migration = full.migrate("model@2", NEXT_DIM)
    with pytest.raises(CollectionError):
        migration.put([image("a", unit(1))])
    assert migration.counts() == (0, 3)


def test_the_store_for_the_new_vectors_shares_the_connections(full):
    assert full.current() is full
    migration = full.migrate("model@2", NEXT_DIM)
    migration.put(records("a", "b", "c"))
    assert full.current() is full
    assert migration.finish([])
    new = full.current()
    assert (new.model_id, new.dim) == ("model@2", NEXT_DIM)
    assert new.current() is new
    assert len(new.search(np.ones((1, NEXT_DIM), np.float32), 5)[0]) == 3
    full.close()
    with pytest.raises(CollectionError, match="closed"):
        new.count()
