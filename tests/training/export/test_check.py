import numpy as np
import pytest

from visavis.errors import ModelError
from visavis.training.export.check import check_cosines


def rows(*cosines):
    """Return unit vectors that have these cosines to (1, 0)."""
    first = np.array(cosines, np.float32)
    return np.stack([first, np.sqrt(1 - first**2)], axis=-1)


ONE = np.array([[1.0, 0.0]], np.float32)


def test_the_lowest_of_all_pairs_is_returned(tmp_path):
    pairs = [(ONE, rows(0.99, 0.96)), (ONE, rows(0.97)[:, None])]
    assert check_cosines(tmp_path, pairs, 0.95) == pytest.approx(0.96)


@pytest.mark.parametrize("vectors", [rows(1, 0.9), np.full((1, 2), np.nan, np.float32)])
def test_a_low_cosine_is_refused_with_the_folder_and_the_original(tmp_path, vectors):
    with pytest.raises(
        ModelError, match=r"lowest cosine to the original .*, expected 0\.95"
    ) as raised:
        check_cosines(tmp_path, [(ONE, vectors)], 0.95, original="the original")
    assert str(tmp_path) in str(raised.value)
