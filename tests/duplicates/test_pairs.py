import numpy as np

from visavis.duplicates import pairs
from visavis.duplicates.pairs import clusters, similar_pairs


def test_pairs_are_those_of_all_products(monkeypatch):
    monkeypatch.setattr(pairs, "_ROWS", 7)
    monkeypatch.setattr(pairs, "_COLUMNS", 11)
    vectors = np.random.default_rng(0).normal(size=(100, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for threshold in (-2, 0.5, 0.9, 2):
        expected = {
            (i, j) for i in range(100) for j in range(i) if vectors[i] @ vectors[j] >= threshold
        }
        found = similar_pairs(vectors, threshold).tolist()
        assert {(j, i) for i, j in found} == expected
        assert len(found) == len(expected)


def test_many_equal_vectors_do_not_fill_memory():
    assert len(similar_pairs(np.ones((1000, 1), np.float32), 1)) <= 1000 * 100


def test_no_vectors():
    assert similar_pairs(np.empty((0, 4), np.float32), 0).shape == (0, 2)
    assert clusters(np.empty((0, 2), np.int64)) == []


def test_a_group_is_all_that_is_similar_to_its_first():
    chain = np.array([[0, 1], [1, 2], [2, 3], [7, 9], [7, 8]])
    assert clusters(chain) == [[0, 1], [2, 3], [7, 8, 9]]
    assert clusters(np.array([[0, 1], [1, 2]])) == [[0, 1]]  # 2 is like 1, not like 0
