from __future__ import annotations

import numpy as np
import pytest

from records import DIM, image, unit
from visavis.stores import SQLiteStore
from visavis.stores.metadata_columns import Column, load_column, save_column
from visavis.types import Condition

ROWS = [
    (1, "text", "b"),
    (1, "integer", 7),
    (2, "array", '["b"]'),
    (3, None, None),
    (4, "true", 1),
    (5, "text", "é😀"),
]


def test_a_file_holds_what_was_saved_and_nothing_else(tmp_path):
    column, file = Column.of(ROWS), tmp_path / "cache" / "x.column"
    assert load_column(file, b"tag 1") is None
    save_column(file, b"tag 1", column)
    again = load_column(file, b"tag 1")
    for sign, value in [("=", "b"), (">", "b"), ("<=", 7), ("!=", "true"), ("~", "É"), ("~", 7)]:
        condition = Condition("x", sign, value)
        np.testing.assert_array_equal(again.meets(condition), column.meets(condition))
    assert load_column(file, b"tag 2") is None
    assert load_column(file, b"tag") is None


@pytest.mark.parametrize("place", range(0, 300, 7))
def test_damage_is_noticed(tmp_path, place):
    file = tmp_path / "x.column"
    save_column(file, b"tag", Column.of(ROWS))
    data = bytearray(file.read_bytes())
    if place < len(data):
        data[place] ^= 0x41
        file.write_bytes(data)
        assert load_column(file, b"tag") is None
    file.write_bytes(data[: place // 2])
    assert load_column(file, b"tag") is None


def test_an_empty_column():
    assert not Column.of([]).meets(Condition("x", "=", 1)).any()
    assert not Column.of([]).meets(Condition("x", "~", "a")).any()


def test_a_search_keeps_columns_of_keys_that_there_are(tmp_path):
    store = SQLiteStore.create(str(tmp_path), "model@1", DIM)
    store.upsert([image("a", unit(1), stars=5), image("b", unit(1), stars=1)])
    cache = tmp_path / "cache"

    def found(*where):
        (hits,) = store.search(unit(1)[np.newaxis], 5, where=where)
        return [hit.id for hit in hits], len(list(cache.glob("*.column")))

    assert found(Condition("stars", ">", 2)) == (["a"], 2), "and one of modality"
    assert found(Condition("nothing", "=", 1)) == ([], 2)
    store.upsert([image("a", stars=0)])
    assert found(Condition("stars", ">", 2)) == ([], 2), "a column of an earlier state is not used"
    for file in cache.glob("*.column"):
        file.write_bytes(b"damaged")
    again = SQLiteStore.open(str(tmp_path))
    (hits,) = again.search(unit(1)[np.newaxis], 5, where=(Condition("stars", "<", 2),))
    assert [hit.id for hit in hits] == ["a", "b"]
    for each in (store, again):
        each.close()
