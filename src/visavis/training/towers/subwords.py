"""The text tower of subwords: a small pre-norm transformer and attention pooling.

Vaswani et al., Attention Is All You Need, 2017, https://arxiv.org/abs/1706.03762.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from visavis.training.towers.pooling import AttentionPool
from visavis.training.towers.text import TextTower

PADDING = 0


class Block(nn.Module):
    """Self-attention and a two-layer network, each with a residual connection."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = x + self.dropout(self._attend(self.norm1(x), mask))
        hidden = F.gelu(self.up(self.norm2(x)))
        y: Tensor = x + self.dropout(self.down(hidden))
        return y

    def _attend(self, x: Tensor, mask: Tensor) -> Tensor:
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5  # (n, heads, tokens, tokens)
        weights = scores.masked_fill(~mask[:, None, None, :], float("-inf")).softmax(dim=-1)
        y: Tensor = self.out((weights @ v).transpose(1, 2).flatten(2))
        return y


class SubwordTower(TextTower):
    """Ids of subwords, int64 (n, tokens) padded with 0, to unit vectors (n, dim).

    In training, tokens are dropped at random, so that no single word decides.
    """

    def __init__(
        self,
        vocabulary: int,
        dim: int,
        *,
        width: int = 256,
        layers: int = 2,
        heads: int = 4,
        max_tokens: int = 64,
        dropout: float = 0.1,
        token_dropout: float = 0.1,
        anchors: int = 0,
    ) -> None:
        super().__init__(dim, pad=PADDING, anchors=anchors)
        self.embedding = nn.Embedding(vocabulary, width, padding_idx=PADDING)
        self.position = nn.Parameter(torch.zeros(max_tokens, width))
        nn.init.normal_(self.embedding.weight, std=0.05)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.pool = AttentionPool(width, 2 * width, heads)
        self.dropout = nn.Dropout(dropout)
        self.project = nn.Linear(2 * width, self.inner)
        self.token_dropout = token_dropout

    def _head(self) -> tuple[nn.Module, ...]:
        return self.pool, self.project

    def _encode(self, tokens: Tensor) -> Tensor:
        mask = tokens != PADDING
        if self.training and self.token_dropout:
            keep = torch.rand_like(tokens, dtype=torch.float32) >= self.token_dropout
            keep[:, 0] = True
            mask = mask & keep
        x = self.embedding(tokens) + self.position[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x, mask)
        pooled = self.pool(self.norm(x), mask.unsqueeze(1)).squeeze(1)
        return F.normalize(self.project(self.dropout(pooled)), dim=-1)
