"""What only the indexes beside a SQLite file can do wrong: they are derived, and may be stale."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from records import DIM, caption, image, unit
from visavis.errors import CollectionError
from visavis.stores import SQLiteStore, create_store, open_store
from visavis.stores import derived as deriving
from visavis.stores.cells import load_cells
from visavis.types import Condition

RNG = np.random.default_rng(3)
ROWS = [unit(*row) for row in RNG.normal(size=(300, DIM))]


@pytest.fixture
def location(tmp_path):
    return str(tmp_path / "collection")


@pytest.fixture
def store(location, monkeypatch):
    monkeypatch.setattr(SQLiteStore, "least", 0)
    store = create_store(location, "model@1", DIM)
    store.upsert(image(f"i{n:03}", row, n=n) for n, row in enumerate(ROWS))
    store.upsert([caption("t", unit(1), "words")])
    store.build_index("image")
    yield store
    store.close()


def search(store, vector=ROWS[7], where=(), k=10, **options):
    (hits,) = store.search(vector[np.newaxis], k, "image", where, **options)
    return hits


def agree(store, *, near=True):
    for row in ROWS[:20]:
        found = search(store, row)
        assert found == search(store, row, exact=True)
        assert found.exact != near


def test_an_index_finds_what_comparing_all_finds(store):
    agree(store)
    assert store.index_state("image").vectors == 300
    assert store.index_state("text") is None


def test_the_index_is_the_same_each_time(store, tmp_path):
    path = tmp_path / "collection" / "cache" / "image.cells"
    contents = set()
    for _ in range(5):
        store.drop_index("image")
        store.build_index("image")
        contents.add(path.read_bytes()[128:])
    assert len(contents) == 1


def test_below_a_size_all_are_compared(store, monkeypatch):
    monkeypatch.setattr(SQLiteStore, "least", 301)
    agree(store, near=False)


def test_no_matrix_of_all_is_made_for_it(store, location, tmp_path):
    search(store)
    search(store, where=(Condition("n", "=", 7),))
    assert store.size("image") == 300
    names = {file.name for file in (tmp_path / "collection" / "cache").iterdir()}
    assert names == {"image.cells"}


def test_changes_count_at_once_and_are_taken_in_later(store, location):
    store.upsert([image("new", ROWS[7]), image("i003", ROWS[8])])
    store.delete(["i007"])
    store.mark_missing(["i009.jpg"])
    assert [hit.id for hit in search(store, k=1)] == ["new"]
    agree(store)
    assert store.index_state("image").pending == 3
    other = open_store(location)
    agree(other)
    store.build_index("image")
    for each in (store, other):
        assert (each.index_state("image").vectors, each.index_state("image").pending) == (300, 0)
        agree(each)
    other.close()


def test_the_last_row_may_be_deleted_and_used_again(store):
    store.delete(["i299"])
    store.upsert([image("again", ROWS[7])])
    store.delete(["again"])
    store.upsert([image("other", -ROWS[7])])
    agree(store)
    store.build_index("image")
    agree(store)


def test_what_a_filter_leaves_is_found_however_little_it_is(store, monkeypatch):
    monkeypatch.setattr("visavis.stores.approximate.CANDIDATES", 10)
    few = search(store, where=(Condition("n", ">=", 295),), k=3)
    assert ([hit.id for hit in few], few.exact) == (
        [hit.id for hit in search(store, where=(Condition("n", ">=", 295),), k=3, exact=True)],
        True,
    )
    many = search(store, where=(Condition("n", ">=", 20),), k=3)
    assert not many.exact


def test_additions_far_away_do_not_stand_for_what_is_in_the_index(store):
    nearest = sorted(ROWS, key=lambda row: -row @ ROWS[7])
    store.upsert(image(f"n{rank:03}", row, rank=rank) for rank, row in enumerate(nearest))
    store.build_index("image")
    far = np.random.default_rng(4).normal(-5 * ROWS[7], 0.5, size=(120, DIM))
    store.upsert(image(f"far{n}", unit(*row), rank=1000 + n) for n, row in enumerate(far))
    where = [Condition("rank", ">=", 250)]
    assert search(store, where=where, k=2) == search(store, where=where, k=2, exact=True)


def test_many_equal_ones_widen_the_circle(store, monkeypatch):
    monkeypatch.setattr("visavis.stores.approximate.CANDIDATES", 10)
    store.upsert(image(f"same{n:02}", ROWS[7]) for n in range(30, 0, -1))
    store.build_index("image")
    best = search(store, k=5)
    assert [hit.id for hit in best] == ["i007", "same01", "same02", "same03", "same04"]
    assert not best.exact


def test_a_restored_copy_that_went_another_way_does_not_use_it(store, location, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(location, copy)
    store.upsert([image("a", ROWS[7]), image("b", ROWS[7])])
    store.build_index("image")
    restored = open_store(str(copy))
    shutil.copy(f"{location}/cache/image.cells", copy / "cache" / "image.cells")
    assert restored.index_state("image") is None
    restored.upsert(image(f"c{n}", ROWS[9]) for n in range(5))
    agree(restored, near=False)
    restored.build_index("image")
    agree(restored)
    restored.close()


def test_a_migration_leaves_it_behind(store):
    migration = store.migrate("model@2", DIM)
    migration.put([image(f"i{n:03}", row) for n, row in enumerate(reversed(ROWS))])
    assert migration.finish(["t"])
    new = store.current()
    agree(new, near=False)
    new.build_index("image")
    agree(new)


@pytest.mark.parametrize("damage", [b"", b"another file", "half"])
def test_a_damaged_index_is_left_aside(store, location, damage):
    path = Path(location, "cache", "image.cells")
    data = path.read_bytes()
    path.unlink()  # the old one is still mapped
    path.write_bytes(data[: len(data) // 2] if damage == "half" else damage)
    again = open_store(location)
    agree(again, near=False)
    again.build_index("image")
    agree(again)
    again.close()


def test_it_may_be_deleted_at_any_time(store):
    store.drop_index("image")
    store.drop_index("image")
    agree(store, near=False)


def test_one_of_an_earlier_version_is_not_used_and_goes_when_it_is_built_anew(store, location):
    older = Path(location, "cache", "image.graph")
    older.write_bytes(b"visavis graph 1")
    assert not store.has_older_index("image")
    Path(location, "cache", "image.cells").unlink()
    assert store.has_older_index("image")
    agree(store, near=False)
    store.build_index("image")
    assert not older.exists()
    agree(store)


def test_what_has_grown_is_divided_anew(store):
    def cells():
        with store._database.reading() as database:
            return len(store._approximate._view(database, "image").cells.starts) - 1

    assert cells() == 17
    for count, expected in ((600, 17), (1500, 42)):
        rows = [unit(*row) for row in RNG.normal(size=(count, DIM))]
        store.upsert(image(f"more{n:04}", row) for n, row in enumerate(rows))
        store.build_index("image")
        assert cells() == expected
        agree(store)


def test_regions_have_none(store):
    with pytest.raises(CollectionError, match="compares all regions"):
        store.build_index("image", regions=True)


def test_moments_of_many_come_from_a_sample(store, monkeypatch):
    monkeypatch.setattr(deriving, "MOST", 150)
    sampled = store.moments("image")
    store.drop_index("image")
    store.upsert([image("one more", ROWS[0])])
    exact = store.moments("image")
    assert (sampled.count, exact.count) == (300, 301)
    query = unit(1)[np.newaxis]
    assert sampled.deviations(query) == pytest.approx(exact.deviations(query), rel=0.2)


def test_samples_are_fair_where_images_and_texts_take_turns(location, monkeypatch):
    monkeypatch.setattr(SQLiteStore, "least", 0)
    monkeypatch.setattr(deriving, "MOST", 150)
    monkeypatch.setattr("visavis.stores.approximate.SAMPLE", 8)
    with closing(create_store(location, "model@1", DIM)) as store:
        store.upsert(
            record
            for n, row in enumerate(ROWS)
            for record in (image(f"i{n:03}", row), caption(f"t{n:03}", unit(1), "words"))
        )
        store.build_index("image")
        cells = load_cells(Path(location, "cache", "image.cells"), DIM)
        assert len(cells.partition.centroids) == 17
        assert store.moments("image").deviations(unit(1)[np.newaxis]) > 0.2
