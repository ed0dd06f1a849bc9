"""Following changes: each test runs on each engine that keeps a history."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from records import DIM, caption, image, unit
from visavis.errors import CollectionError, ExpiredError
from visavis.stores import FollowableStore, create_store, following, open_store
from visavis.stores.sqlite import SQLiteStore

ENGINES = ["sqlite", "postgresql"]


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


def told(store, after=None, limit=1000):
    """Return the kinds of all changes by id, and the bookmark after them."""
    kinds, more = {}, True
    while more:
        page = store.changes(after, limit)
        kinds |= {each.id: each.kind for each in page.changes}
        after, more = page.bookmark, page.more
    return kinds, after


def test_at_first_all_items_are_added(store):
    assert told(store)[0] == {}
    store.upsert([image(name, unit(1)) for name in "abc"])
    store.delete(["b"])
    assert told(store)[0] == {"b": "removed", "a": "added", "c": "added"}


def test_each_change_is_told_once(store):
    store.upsert([image(name, unit(1)) for name in "abcd"])
    _, seen = told(store)
    assert told(store, seen) == ({}, seen)
    store.upsert([image("a", source="copy.jpg"), image("e", unit(1)), caption("t", unit(1), "hi")])
    store.mark(["b"], lambda *_: {"album": ["x"]})
    store.delete(["c"])
    store.mark_missing(["d.jpg"])
    kinds, later = told(store, seen, limit=2)
    assert kinds == {
        **dict.fromkeys("et", "added"),
        **dict.fromkeys("ab", "changed"),
        **dict.fromkeys("cd", "removed"),
    }
    assert told(store, later)[0] == {}
    store.mark_missing(["d.jpg"], missing=False)
    store.upsert([image("c", unit(1))])
    assert told(store, later)[0] == {"c": "added", "d": "added"}


def test_a_source_that_holds_another_item_takes_itself_from_the_first(store):
    store.upsert([image("a", unit(1), source="one.jpg")])
    _, seen = told(store)
    store.upsert([image("b", unit(1), source="one.jpg")])
    assert told(store, seen)[0] == {"a": "removed", "b": "added"}


def test_a_migration_changes_no_item(store):
    store.upsert([image("a", unit(1))])
    _, seen = told(store)
    migration = store.migrate("model@2", DIM)
    migration.put([image("a", unit(1))])
    assert migration.finish([])
    assert told(store.current(), seen)[0] == {}


def step(numbers, store):
    """Change something at random."""
    name, place = numbers.choice("abcdef"), f"{numbers.choice('uvwxyz')}.jpg"
    match numbers.randrange(6):
        case 0 | 1:
            store.upsert([image(name, unit(1), source=place, width=numbers.randrange(9))])
        case 2:
            store.mark_missing([place], missing=numbers.random() < 0.5)
        case 3:
            store.forget([place])
        case 4:
            store.delete([name])
        case 5:
            store.mark([name], lambda *_: {"rating": numbers.randrange(5)})


@pytest.mark.parametrize("seed", range(3))
def test_a_reader_ends_with_what_is_there(store, seed):
    numbers, has, after = random.Random(seed), {}, None

    def read():
        nonlocal after
        page = store.changes(after, numbers.randint(1, 3))
        for each in page.changes:
            assert each.kind != "changed" or each.id in has
            assert (each.item is None) == (each.kind == "removed")
            has.pop(each.id, None)
            if each.item:
                has[each.id] = each.item
        after = page.bookmark
        return page.more

    for _ in range(120):
        step(numbers, store)
        if numbers.random() < 0.4:
            read()
    while read():
        pass
    assert has == {item.id: item for item in store.get(store.ids())}
    assert has


def test_bookmarks_that_are_too_old_or_of_another_store_are_refused(store, tmp_path, monkeypatch):
    monkeypatch.setattr(f"{type(store).__module__.rpartition('.')[0]}.history.KEPT", 5)
    assert following.KEPT > 5
    store.upsert([image("a", unit(1))])
    _, old = told(store)
    for number in range(6):
        store.upsert([image("b", unit(1), width=number)])
    with pytest.raises(ExpiredError, match="begin again"):
        store.changes(old)
    with closing(create_store(str(tmp_path / "other"), "model@1", DIM)) as other:
        _, foreign = told(other)
    for wrong in (foreign, replace(told(store)[1], mark="another")):
        with pytest.raises(ExpiredError):
            store.changes(wrong)


def test_a_restored_copy_does_not_go_on_from_the_original(tmp_path):
    folder, saved = tmp_path / "c", tmp_path / "saved"
    with closing(create_store(str(folder), "model@1", DIM)) as store:
        store.upsert([image("a", unit(1))])
    shutil.copytree(folder, saved)
    with closing(open_store(str(folder))) as store:
        store.upsert([image("b", unit(1))])
        _, seen = told(store)
    with closing(open_store(str(saved))) as store:
        store.upsert([image("c", unit(1))])
        assert store.generation == seen.seen
        with pytest.raises(ExpiredError):
            store.changes(seen)


def older(folder: Path) -> Path:
    """Make a collection as version 4 was."""
    with closing(create_store(str(folder), "model@1", DIM)) as store:
        store.upsert([image("a", unit(1))])
    file = folder / "collection.sqlite"
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in connection.execute(triggers).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in (
            "DROP INDEX items_by_change",
            "DROP TABLE removed",
            "DROP TABLE generations",
            "ALTER TABLE items DROP COLUMN came",
            "ALTER TABLE items DROP COLUMN changed",
            "PRAGMA user_version = 4",
        ):
            connection.execute(statement)
    return file


def test_older_collections_are_followed_from_now_on(tmp_path):
    older(tmp_path / "c")
    with closing(open_store(str(tmp_path / "c"))) as store:
        kinds, seen = told(store)
        assert kinds == {"a": "added"}
        store.upsert([image("b", unit(1))])
        assert told(store, seen)[0] == {"b": "added"}


def test_an_older_collection_in_one_file_has_no_history(tmp_path):
    copy = shutil.copy(older(tmp_path / "c"), tmp_path / "copy.sqlite")
    with closing(SQLiteStore.open(copy)) as store:
        assert store.get(["a"])
        with pytest.raises(CollectionError, match="written to"):
            store.changes()


def test_engines_that_follow(store):
    assert isinstance(store, FollowableStore)
