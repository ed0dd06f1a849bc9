"""Attention pooling: many vectors to one, by weights that depend on what they hold."""

from __future__ import annotations

from torch import Tensor, nn


class AttentionPool(nn.Module):
    """Weighted means of value vectors, one for each head, side by side.

    (n, positions, inputs) → (n, width), width being divided evenly between the heads. The
    weights are a softmax over positions of a learned linear score; positions where `mask`
    (n, positions) is False get none.
    """

    def __init__(self, inputs: int, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.score = nn.Linear(inputs, heads)
        self.value = nn.Linear(inputs, width)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        scores = self.score(x)  # (n, positions, heads)
        if mask is not None:
            scores = scores.masked_fill(~mask.unsqueeze(-1), float("-inf"))
        weights = scores.softmax(dim=1).transpose(1, 2).unsqueeze(2)  # (n, heads, 1, positions)
        values = self.value(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        pooled: Tensor = (weights @ values).flatten(1)
        return pooled
