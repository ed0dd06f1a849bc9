"""Vectors in cells, against products of all of them."""

from __future__ import annotations

import numpy as np
import pytest

from visavis.stores import cells as module
from visavis.stores.cells import gather, load_cells
from visavis.stores.changes import Position
from visavis.stores.partition import Partition, cells_for, code_of

RNG = np.random.default_rng(5)
DIM, CENTRES, EACH = 48, 40, 60


def normalised(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def vectors():
    """Return vectors around some centres, as images of some scenes are."""
    centres = np.repeat(RNG.normal(size=(CENTRES, DIM)), EACH, axis=0)
    return RNG.permutation(normalised(centres + 0.7 * RNG.normal(size=centres.shape)))


@pytest.fixture
def index(vectors, tmp_path):
    return reopened(build(vectors), tmp_path)


def build(vectors):
    partition = Partition.of(vectors, cells_for(len(vectors)))
    rows = 3 * np.arange(len(vectors))
    half = len(rows) // 2
    batches = [(rows[:half], vectors[:half]), (rows[half:], vectors[half:])]
    return gather(partition, Position(4, -5), batches)


def reopened(index, folder):
    index.save(folder / "it.cells")
    return load_cells(folder / "it.cells", DIM)


def ordered(index):
    return index.records[np.argsort(index.records["row"])]


def nearest(vectors, query, count):
    return 3 * np.argsort(-(vectors @ query))[:count]


def test_a_few_cells_hold_nearly_all_of_the_best(index, vectors, monkeypatch):
    monkeypatch.setattr(module, "_PROBED", 24)
    queries = normalised(vectors[::50] + 0.1 * RNG.normal(size=vectors[::50].shape))
    shares = [np.isin(nearest(vectors, q, 10), index.candidates(q, 60)).mean() for q in queries]
    assert np.mean(shares) > 0.95
    monkeypatch.setattr(module, "_PROBED", 1)
    few = [np.isin(nearest(vectors, q, 10), index.candidates(q, 60)).mean() for q in queries]
    assert np.mean(few) < np.mean(shares)


def test_all_cells_hold_all(index, vectors):
    assert sorted(index.candidates(vectors[0], len(vectors))) == [
        3 * n for n in range(len(vectors))
    ]
    best = index.candidates(vectors[0], 100)
    assert len(best) == 100
    assert set(nearest(vectors, vectors[0], 60)) <= set(best)


def test_the_length_of_a_query_changes_nothing(index, vectors, monkeypatch):
    monkeypatch.setattr(module, "_PROBED", 5)
    found = {tuple(sorted(index.candidates(size * vectors[3], 20))) for size in (0.01, 1, 50)}
    assert len(found) == 1
    assert len(index.candidates(0 * vectors[3], 20)) == 20


def test_the_first_search_by_numpy_finds_what_later_ones_find(index, vectors):
    pytest.importorskip("numkong", reason="needs the extra ann")
    first, *later = [set(index.candidates(vectors[8], 30)) for _ in range(3)]
    assert all(each == first for each in later)
    code, codes = code_of(vectors[8]), index.records["code"]
    expected = codes.astype(int) @ code.astype(int)
    for products in (module._by_numpy, module._fastest()):
        assert (products(code, codes) == expected).all()


def test_what_is_saved_is_loaded(index, vectors, tmp_path):
    assert (index.position, len(index)) == (Position(4, -5), len(vectors))
    assert index.bytes == (tmp_path / "it.cells").stat().st_size
    assert index.is_sound()
    assert not index.is_outgrown
    assert load_cells(tmp_path / "it.cells", DIM + 1) is None
    assert load_cells(tmp_path / "none.cells", DIM) is None


def test_what_is_gathered_later_lies_where_it_would_have_lain_at_once(vectors):
    whole = build(vectors)
    base = gather(whole.partition, Position(1, 1), [(3 * np.arange(2000), vectors[:2000])])
    rows = np.append(3 * np.arange(2000, len(vectors)), [30, 33])
    rest = rows, vectors[rows // 3]
    without = np.append(rows, 9999999)
    both = gather(whole.partition, Position(4, -5), [rest], base=base, without=without)
    assert np.array_equal(ordered(both), ordered(whole))
    assert both.starts.tolist() == whole.starts.tolist()


def test_empty_cells_are_passed_over(vectors):
    partition = Partition.of(vectors, cells_for(len(vectors)))
    few = gather(partition, Position(1, 1), [(np.array([7, 9]), vectors[:2])])
    for _ in range(3):
        assert sorted(few.candidates(vectors[0], 10)) == [7, 9]


def test_none_at_all(tmp_path):
    partition = Partition.of(np.empty((0, DIM), np.float32), cells_for(0))
    index = reopened(gather(partition, Position(1, 2), []), tmp_path)
    for _ in range(3):
        assert index.candidates(np.ones(DIM, np.float32), 10).tolist() == []
    assert index.is_sound()


def test_a_vector_is_in_the_cell_of_its_nearest_centroid(vectors):
    partition = Partition.of(vectors, 20)
    distances = np.linalg.norm(vectors[:, np.newaxis] - partition.centroids, axis=2)
    assert (partition.cells_of(vectors) == distances.argmin(axis=1)).all()
    assert np.mean(np.min(distances, axis=1)) < np.mean(np.linalg.norm(vectors, axis=1))
    assert (
        np.abs(partition.codes_of(vectors) / partition.scale - vectors).max()
        < 0.51 / partition.scale
    )
    assert partition.codes_of(10 * vectors).max() == 127
