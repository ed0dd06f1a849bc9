"""The base class of text towers."""

from __future__ import annotations

from abc import abstractmethod
from typing import Self

from torch import Tensor, nn

from visavis.training.towers.blocks import freeze_before_last
from visavis.training.towers.hubness import ADDED, HubnessCorrection


class TextTower(nn.Module):
    """Token ids, int64 (n, tokens) padded with `pad` at the end, to unit vectors (n, dim).

    With `anchors`, two of the `dim` numbers of a vector are the hubness correction; a subclass
    encodes to the `inner` others.
    """

    def __init__(self, dim: int, *, pad: int = 0, anchors: int = 0) -> None:
        super().__init__()
        self.dim, self.pad = dim, pad
        self.fixed: list[nn.Parameter] = []  # parameters that never learn
        self.inner = dim - ADDED if anchors else dim
        self.hubness = HubnessCorrection("text", self.inner, anchors) if anchors else None

    def forward(self, tokens: Tensor) -> Tensor:
        vectors = self._encode(tokens)
        return vectors if self.hubness is None else self.hubness(vectors)

    def below_head(self) -> list[nn.Parameter]:
        """List the parameters of all but the head: word vectors, transformers, a whole network.

        `text.frozen` keeps them, and the `text_rate` of a stage is their learning rate.
        """
        head = {id(value) for part in self._head() for value in part.parameters()}
        return [value for value in self.parameters() if id(value) not in head]

    def freeze(self) -> None:
        """Freeze all but the head, for good."""
        self.fixed = [*self.fixed, *self.below_head()]
        self.unfreeze()

    def unfreeze(self, blocks: int = 0) -> None:
        """Let learn all that is not frozen for good; with `blocks`, the last blocks and the head.

        Raises TrainingError if there are fewer blocks.
        """
        self.requires_grad_(requires_grad=True)
        for value in self.fixed:
            value.requires_grad = False
        if blocks:
            freeze_before_last(self, blocks)

    def train(self, mode: bool = True) -> Self:  # noqa: FBT001, FBT002 - torch's signature
        """Set the mode of what learns; frozen layers draw no dropout."""
        super().train(mode)
        for part in self.children():
            values = list(part.parameters())
            if values and not any(value.requires_grad for value in values):
                part.eval()
        return self

    def _head(self) -> tuple[nn.Module, ...]:
        """Return the layers from states of tokens to vectors; none if they cannot be told apart."""
        return ()

    @abstractmethod
    def _encode(self, tokens: Tensor) -> Tensor:
        """Return unit vectors (n, inner)."""
