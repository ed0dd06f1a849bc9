"""Class vectors: what a classifier recognises, added to the vector of an image."""

from __future__ import annotations

import torch
from torch import Tensor, nn

UNSEEN = -20.0  # logit of a drawn class until it is learned


class ClassVectors(nn.Module):
    """Pooled features (…, channels) to the mean of class vectors by probability, (…, dim).

    The classifier is a frozen copy of the backbone's; the vectors are learned. Rows for `drawn`
    classes follow its own; their probability is about 0 until they are learned.

    Norouzi et al., Zero-shot learning by convex combination of semantic embeddings, 2014,
    https://arxiv.org/abs/1312.5650.
    """

    def __init__(self, classifier: nn.Linear, dim: int, drawn: int = 0) -> None:
        super().__init__()
        self.drawn = drawn
        known, channels = classifier.weight.shape
        self.classifier = nn.Linear(channels, known + drawn).requires_grad_(requires_grad=False)
        with torch.no_grad():
            self.classifier.weight.zero_()[:known] = classifier.weight
            self.classifier.bias.fill_(UNSEEN)[:known] = classifier.bias
        self.vectors = nn.Parameter(torch.zeros(known + drawn, dim))

    @property
    def known(self) -> int:
        """Number of classes of the backbone's classifier."""
        return len(self.vectors) - self.drawn

    def logits(self, pooled: Tensor) -> Tensor:
        """Return the classifier's logits, (…, classes)."""
        found: Tensor = self.classifier(pooled)
        return found

    def forward(self, pooled: Tensor) -> Tensor:
        return self.logits(pooled).softmax(dim=-1) @ self.vectors
