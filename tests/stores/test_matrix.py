import numpy as np

from visavis.stores.matrix import Matrix

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
    assert [key for key, _ in best] == (expected * 3).tolist()
    np.testing.assert_allclose([score for _, score in best], scores[expected], atol=1e-4)
