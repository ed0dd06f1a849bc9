from __future__ import annotations

import pytest
import torch

from visavis.training.towers.pooling import AttentionPool


@pytest.mark.parametrize("group", [[0, 1, 3], [2], [0, 1, 2, 3]])
def test_each_head_is_a_weighted_mean_over_the_group(group):
    torch.manual_seed(0)
    pool = AttentionPool(6, 8, heads=2)
    x, groups = torch.randn(1, 4, 6), torch.zeros(1, 2, 4, dtype=torch.bool)
    groups[0, 0], groups[0, 1, group] = True, True
    kept = x[0, group]
    weights = pool.score(kept).softmax(dim=0)  # (positions, heads)
    values = pool.value(kept)  # (positions, 8)
    expected = torch.cat([weights[:, 0] @ values[:, :4], weights[:, 1] @ values[:, 4:]])
    assert torch.allclose(pool(x, groups)[0, 1], expected, atol=1e-6)
