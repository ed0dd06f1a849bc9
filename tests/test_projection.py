from __future__ import annotations

import sqlite3

import numpy as np
import pytest

from fakes import FakeEncoder
from visavis.collection import Collection
from visavis.projection import project, project_collection
from visavis.stores.recall import sample_queries


def test_projection_agrees_with_singular_vectors():
    vectors = np.random.default_rng(1).normal(size=(200, 12)).astype(np.float32)
    vectors *= np.linspace(3, 1, 12, dtype=np.float32)
    points = project(vectors)
    centred = vectors - vectors.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    for axis in range(2):
        expected = left[:, axis] * sizes[axis]
        assert abs(np.corrcoef(points[:, axis], expected)[0, 1]) == pytest.approx(1, abs=1e-4)


def test_projection_fills_the_square_and_keeps_proportions():
    vectors = np.zeros((4, 3), np.float32)
    vectors[:, 0] = [0, 1, 2, 4]
    vectors[:, 1] = [0, 1, 0, 1]
    points = project(vectors)
    assert (points.min(), points.max()) == (0, 1)
    flat = vectors[:, :2]
    distances = np.linalg.norm(flat[:, None] - flat[None], axis=-1)
    drawn = np.linalg.norm(points[:, None] - points[None], axis=-1)
    np.testing.assert_allclose(drawn, distances * drawn[0, 3] / distances[0, 3], atol=1e-6)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_or_equal_vectors(count):
    points = project(np.ones((count, 8), np.float32))
    assert points.shape == (count, 2)
    np.testing.assert_allclose(points, 0.5)


def test_it_is_a_fair_sample_and_always_the_same(tmp_path):
    with Collection.create(tmp_path / "c", FakeEncoder()) as collection:
        assert project_collection(collection, 5).points == ()
        for n in range(12):
            collection.add_text(f"text {n} red")
        whole, some = project_collection(collection, 100), project_collection(collection, 5, "text")
        assert (len(whole.points), whole.total) == (12, 12)
        assert (len(some.points), some.total) == (5, 12)
        assert {p.id for p in some.points} < {p.id for p in whole.points}
        assert project_collection(collection, 5, "text") == some
        assert project_collection(collection, 5, "image").points == ()


def test_what_has_lost_its_vector_is_left_out_of_samples(tmp_path):
    with Collection.create(tmp_path / "c", FakeEncoder()) as collection:
        lost, *others = [collection.add_text(f"text {n} red").id for n in range(5)]
        with sqlite3.connect(tmp_path / "c" / "collection.sqlite") as database:
            database.execute(
                "DELETE FROM vectors WHERE item = (SELECT row FROM items WHERE id = ?)", (lost,)
            )
        database.close()
        assert {point.id for point in project_collection(collection, 100).points} == set(others)
        assert len(sample_queries(collection.store, "text", 5)) == len(others)
