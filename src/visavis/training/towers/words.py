"""The text tower of word vectors: a table of words, a pooling, a projection."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional as F

from visavis.registry import Registry
from visavis.training.towers.pooling import AttentionPool
from visavis.training.towers.text import TextTower

HEADS = 4


class Pooling(nn.Module):
    """Word vectors (n, tokens, inputs) to (n, width); `mask` (n, tokens) is False at padding.

    Padding is at the end, and each text has at least one token.
    """

    width: int


POOLINGS: Registry[Callable[[int, int], Pooling]] = Registry("poolings")
"""Makers of poolings, called with (inputs, hidden)."""


@POOLINGS.register("mean")
class MeanPooling(Pooling):
    """The mean of the words; nothing is learned."""

    def __init__(self, inputs: int, hidden: int) -> None:  # noqa: ARG002 - as all poolings
        super().__init__()
        self.width = inputs

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        share = mask / mask.sum(dim=1, keepdim=True)
        y: Tensor = (share.unsqueeze(1) @ x).squeeze(1)
        return y


@POOLINGS.register("attention")
class AttentionPooling(Pooling):
    """Weighted means of the words, with learned weights; their order has no effect."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.width = hidden
        self.pool = AttentionPool(inputs, hidden, HEADS)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        y: Tensor = self.pool(x, mask.unsqueeze(1)).squeeze(1)
        return y


@POOLINGS.register("gru")
class GruPooling(Pooling):
    """The state of a gated recurrent unit after the last word.

    Cho et al., Learning Phrase Representations using RNN Encoder–Decoder for Statistical
    Machine Translation, 2014, https://arxiv.org/abs/1406.1078.
    """

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.width = hidden
        self.gru = nn.GRU(inputs, hidden, batch_first=True)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        states, _ = self.gru(x)  # (n, tokens, hidden); padding comes after what is kept
        last = (mask.sum(dim=1) - 1).view(-1, 1, 1).expand(-1, 1, self.width)
        y: Tensor = states.gather(1, last).squeeze(1)
        return y


class WordTower(TextTower):
    """Ids of words, int64 (n, tokens) padded with 0, to unit vectors (n, dim).

    `table` (words, width) holds the initial vector of each word; a `frozen` table is not trained.
    `pooling` is a name in POOLINGS.
    """

    def __init__(
        self,
        table: Tensor,
        dim: int,
        *,
        pooling: str = "mean",
        hidden: int = 256,
        dropout: float = 0.1,
        anchors: int = 0,
    ) -> None:
        super().__init__(dim, anchors=anchors)
        words, width = table.shape
        self.embedding = nn.Embedding(words, width, padding_idx=self.pad)
        self.embedding.weight = nn.Parameter(table.clone())
        self.pool = POOLINGS.get(pooling)(width, hidden)
        self.dropout = nn.Dropout(dropout)
        self.project = nn.Linear(self.pool.width, self.inner)

    def _head(self) -> tuple[nn.Module, ...]:
        return self.pool, self.project

    def _encode(self, tokens: Tensor) -> Tensor:
        pooled = self.pool(self.embedding(tokens), tokens != self.pad)
        return F.normalize(self.project(self.dropout(pooled)), dim=-1)
