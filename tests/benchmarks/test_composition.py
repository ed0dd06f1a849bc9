import numpy as np
import pytest

from composition import precision_and_recall


def test_precision_counts_at_each_right_answer():
    right = np.array([True, False, True] + 7 * [False])
    ap, recall = precision_and_recall(right, 4)
    assert ap == pytest.approx((1 / 1 + 2 / 3) / 4)
    assert recall == 2 / 4


@pytest.mark.parametrize("count", [10, 60])
def test_ten_right_answers_are_perfect_however_many_there_are(count):
    assert precision_and_recall(np.ones(10, bool), count) == (1, 1)
