from __future__ import annotations

import pytest
import torch

from visavis.training.mining import near_duplicates

SEEDS = pytest.mark.parametrize("seed", range(5))


@SEEDS
def test_near_duplicates_are_those_of_a_plain_search(seed):
    torch.manual_seed(seed)
    texts = torch.nn.functional.normalize(torch.randn(12, 2), dim=1)
    owners = torch.randint(0, 4, (12,))
    positives = torch.arange(5)[:, None] == owners[None, :]  # the last row owns no text
    found = near_duplicates(texts, positives, 0.95)
    for row in range(5):
        own = texts[owners == row]
        for column in range(12):
            alike = bool((own @ texts[column] >= 0.95).any())
            assert found[row, column] == (alike or positives[row, column])


def test_own_texts_are_marked_even_when_rounding_leaves_them_below_the_threshold():
    texts, positives = torch.full((2, 1), 0.99), torch.eye(2, dtype=torch.bool)
    assert torch.equal(near_duplicates(texts, positives, 0.999), positives)
