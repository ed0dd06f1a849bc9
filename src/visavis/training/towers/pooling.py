"""Attention pooling: means of many vectors, with learned weights."""

from __future__ import annotations

from torch import Tensor, nn


class AttentionPool(nn.Module):
    """Weighted means of value vectors, one per head, concatenated.

    (n, positions, inputs) → (n, groups, width); each head has an equal share of the width.
    `groups`, boolean (n or 1, groups, positions), chooses the positions of each group; the weights
    are a softmax, over the positions of the group, of a learned linear score.
    """

    def __init__(self, inputs: int, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.score = nn.Linear(inputs, heads)
        self.value = nn.Linear(inputs, width)

    def forward(self, x: Tensor, groups: Tensor) -> Tensor:
        scores = self.score(x).transpose(1, 2).unsqueeze(2)  # (n, heads, 1, positions)
        weights = scores.masked_fill(~groups.unsqueeze(1), float("-inf")).softmax(dim=-1)
        # Pooling before the projection gives the same result and costs less.
        n, heads, groups, _ = weights.shape
        means = (weights.flatten(1, 2) @ x).reshape(n, heads, groups, -1)
        value = self.value.weight.reshape(heads, -1, x.shape[2])  # (heads, width / heads, inputs)
        pooled: Tensor = (means @ value.transpose(1, 2)).transpose(1, 2).flatten(2)
        return pooled + self.value.bias  # (n, groups, width)
