import numpy as np
import pytest

from visavis.stores.matrix import Matrix, Place, region_keys

ITEMS = 100_000


def test_terms_are_combined_over_all_of_a_hundred_thousand_items():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(ITEMS, 16)).astype(np.float32)
    terms = rng.normal(size=(2, 16)).astype(np.float32)
    matrix = Matrix(np.arange(ITEMS) * 3, vectors)
    best = matrix.combined(terms, lambda rows: rows[0] - rows[1] ** 2, 20, None)
    one, other = (vectors.astype(float) @ terms.T.astype(float)).T
    scores = one - other**2
    expected = np.argsort(-scores)[:20]
    assert [place.row for place in best] == (expected * 3).tolist()
    np.testing.assert_allclose([place.score for place in best], scores[expected], atol=1e-4)


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
            best[row] = Place(row, own.index(max(own)), max(own))
        expected = sorted(best.values(), key=lambda place: -place.score)[:k]
        assert matrix.nearest(query[np.newaxis], k) == [expected]
        assert matrix.combined(query[np.newaxis], lambda s: s[0], k, None) == expected
        only = np.array([9, 3])
        assert (
            matrix.combined(query[np.newaxis], lambda s: s[0], k, only)
            == [
                place
                for place in sorted(best.values(), key=lambda p: -p.score)
                if place.row in only
            ][:k]
        )
