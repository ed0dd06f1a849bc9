from __future__ import annotations

import torch

from visavis.training.towers.pooling import AttentionPool


def test_each_head_is_a_weighted_mean_over_unmasked_positions():
    torch.manual_seed(0)
    pool = AttentionPool(6, 8, heads=2)
    x, mask = torch.randn(1, 4, 6), torch.tensor([[True, True, False, True]])
    kept = x[0, [0, 1, 3]]
    weights = pool.score(kept).softmax(dim=0)  # (positions, heads)
    values = pool.value(kept)  # (positions, 8)
    expected = torch.cat([weights[:, 0] @ values[:, :4], weights[:, 1] @ values[:, 4:]])
    assert torch.allclose(pool(x, mask)[0], expected, atol=1e-6)
