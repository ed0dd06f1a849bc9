"""Columns of metadata after changes: what an earlier state had, with what has changed since."""

from __future__ import annotations

import numpy as np
import pytest

from records import DIM, image, unit
from visavis.stores import SQLiteStore, column_cache
from visavis.stores.column_cache import ColumnCache
from visavis.stores.metadata_columns import read_columns

KEYS = ["name", "n", "source"]


@pytest.fixture
def store(tmp_path):
    store = SQLiteStore.create(str(tmp_path / "c"), "model@1", DIM)
    names = ["b", "é", "ab", "", None, True, 7]
    store.upsert(
        image(f"i{n:02}", unit(n + 1, 1), name=names[n % len(names)], n=n) for n in range(40)
    )
    yield store
    store.close()


def values(column):
    texts = [*column.texts(), None]
    return [
        (item, kind, None if np.isnan(number) else number, texts[code])
        for item, kind, number, code in zip(
            *(each.tolist() for each in (column.items, column.kinds, column.numbers, column.codes)),
            strict=True,
        )
    ]


def check(store, cache):
    """Compare the columns of a cache with those that are read anew."""
    with store._database.reading() as database:
        found, fresh = cache.columns(database, KEYS), read_columns(database, KEYS)
    for key in KEYS:
        assert values(found[key]) == values(fresh[key])


CHANGES = {
    "additions": lambda store: store.upsert(
        image(f"new{n}", unit(n, 1), name=f"a{n}", n=-n) for n in (3, 1, 2)
    ),
    "other values": lambda store: store.upsert(
        [image("i03", name="zz", n="text"), image("i39", name=3)]
    ),
    "another source": lambda store: store.upsert([image("i05", source="0.jpg", name="b")]),
    "a source that moves": lambda store: store.upsert([image("i06", source="i07.jpg", name="b")]),
    "vanished": lambda store: store.mark_missing(["i00.jpg", "i39.jpg"]),
    "removed": lambda store: store.delete(["i00", "i20", "i39"]),
    "all removed": lambda store: store.delete([f"i{n:02}" for n in range(40)]),
    "removed and back": lambda store: [
        store.delete(["i11"]),
        store.upsert([image("i11", unit(1, 5), name="back")]),
    ],
}


@pytest.mark.parametrize("kept", ["in memory", "in files"])
@pytest.mark.parametrize("change", CHANGES)
def test_only_what_has_changed_is_read(store, tmp_path, monkeypatch, change, kept):
    cache = ColumnCache(tmp_path / "columns")
    check(store, cache)
    CHANGES[change](store)
    asked = []

    def reading(database, keys, rows=None):
        asked.append(rows)
        return read_columns(database, keys, rows)

    monkeypatch.setattr(column_cache, "read_columns", reading)
    check(store, cache if kept == "in memory" else ColumnCache(tmp_path / "columns"))
    assert asked.pop() is None  # of no key
    assert len(asked) == len(KEYS)
    assert None not in asked


def test_one_change_after_another(store, tmp_path):
    cache = ColumnCache(tmp_path / "columns")
    for change in CHANGES.values():
        change(store)
        check(store, cache)


def test_much_is_read_anew(store, tmp_path, monkeypatch):
    cache = ColumnCache(tmp_path / "columns")
    check(store, cache)
    monkeypatch.setattr(column_cache, "_FEW", 1)
    CHANGES["additions"](store)
    check(store, cache)
