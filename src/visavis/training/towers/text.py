"""The base class of text towers."""

from __future__ import annotations

from abc import abstractmethod

from torch import Tensor, nn

from visavis.training.towers.hubness import ADDED, HubnessCorrection


class TextTower(nn.Module):
    """Token ids, int64 (n, tokens) padded with `pad` at the end, to unit vectors (n, dim).

    With `anchors`, two of the `dim` numbers of a vector are the hubness correction; a subclass
    encodes to the `inner` others.
    """

    def __init__(self, dim: int, *, pad: int = 0, anchors: int = 0) -> None:
        super().__init__()
        self.dim, self.pad = dim, pad
        self.inner = dim - ADDED if anchors else dim
        self.hubness = HubnessCorrection("text", self.inner, anchors) if anchors else None

    def forward(self, tokens: Tensor) -> Tensor:
        vectors = self._encode(tokens)
        return vectors if self.hubness is None else self.hubness(vectors)

    @abstractmethod
    def _encode(self, tokens: Tensor) -> Tensor:
        """Return unit vectors (n, inner)."""
