import numpy as np
import pytest

from visavis.stores.matrix import Match, Matrix, region_keys

ITEMS = 100_000


def test_the_best_of_a_hundred_thousand():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(ITEMS, 16)).astype(np.float32)
    queries = rng.normal(size=(2, 16)).astype(np.float32)
    matrix = Matrix(np.arange(ITEMS) * 3, vectors)
    for query, best in zip(queries, matrix.nearest(queries, 20), strict=True):
        scores = vectors.astype(float) @ query.astype(float)
        expected = np.argsort(-scores)[:20]
        assert [match.row for match in best] == (expected * 3).tolist()
        np.testing.assert_allclose([match.score for match in best], scores[expected], atol=1e-4)


@pytest.mark.parametrize("k", [1, 7, 100])
def test_an_item_is_as_good_as_its_best_region(k):
    rng = np.random.default_rng(1)
    rows = np.repeat([40, 7, 9, 100, 3], [3, 1, 4, 1, 2])
    matrix = Matrix(
        region_keys(rows), rng.integers(-3, 4, (11, 2)).astype(np.float32), regions=True
    )
    for query in rng.integers(-3, 4, (20, 2)).astype(np.float32):
        scores = matrix.vectors @ query
        best = {}
        for row in dict.fromkeys(rows.tolist()):
            own = scores[rows == row].tolist()
            best[row] = Match(row, own.index(max(own)), max(own))
        expected = sorted(best.values(), key=lambda match: -match.score)[:k]
        assert matrix.nearest(query[np.newaxis], k) == [expected]
        expected = sorted(best.values(), key=lambda match: -match.score)
        for chosen in ({3}, {9, 3}, set(rows.tolist()) - {3}, set()):  # copied, or marked
            only = matrix.select(np.isin(np.arange(max(chosen, default=0) + 1), list(chosen)))
            met = [match for match in expected if match.row in chosen]
            assert only.nearest(query[np.newaxis], k) == [met[:k]]
