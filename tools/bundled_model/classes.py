"""ImageNet's classes as images: feature maps that look like a class to the classifier."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

POSITIONS = 3  # a side of an imagined feature map
# How far the class's weights are laid over the features of a photograph, and how faded those.
STRENGTH = (3.0, 9.0)
FADED = (0.3, 1.0)
UNEVEN = (0.3, 1.5)
NOISE = 0.3


class Classes:
    """The classifier as it was published, and what it learned without a photograph at hand.

    Where a network has learned its classes well, the mean features of a class, less the mean of
    all, point where its weights do (Papyan et al., Prevalence of Neural Collapse, 2020,
    https://arxiv.org/abs/2008.08186); here, for classes that training images show, their cosine
    is 0.5. So a class's weights added to the features of any photograph imagine one of that class.
    """

    def __init__(self, classifier: nn.Linear, pooled: Tensor) -> None:
        self.classifier = classifier.requires_grad_(requires_grad=False)
        self.pooled, self.mean = pooled, pooled.mean(dim=0)
        self.directions = classifier.weight - classifier.weight[1:].mean(dim=0)

    def distance(self, pooled: Tensor, logits: Tensor) -> Tensor:
        """Return how far features have moved from what the classifier said: Kullback–Leibler.

        Li and Hoiem, Learning without Forgetting, 2016, https://arxiv.org/abs/1606.09282.
        """
        now = self.classifier(pooled).log_softmax(dim=1)
        return F.kl_div(now, logits.softmax(dim=1), reduction="batchmean")

    def imagine(self, numbers: Tensor, rng: np.random.Generator) -> Tensor:
        """Return a feature map of each class, (n, 1280, 3, 3)."""
        n = len(numbers)
        backdrop = self.pooled[torch.from_numpy(rng.integers(len(self.pooled), size=n))]
        backdrop = self.mean.lerp(backdrop, _uniform(rng, (0, 1), n))
        features = _uniform(rng, FADED, n) * backdrop
        features = features + _uniform(rng, STRENGTH, n) * self.directions[numbers]
        uneven = _uniform(rng, UNEVEN, n, POSITIONS * POSITIONS).unsqueeze(1)
        noise = torch.randn(n, features.shape[1], POSITIONS * POSITIONS)
        maps = F.relu6(features.unsqueeze(2) * uneven + NOISE * noise)
        return maps.unflatten(2, (POSITIONS, POSITIONS))


def draw_classes(logits: Tensor, others: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw a class that the classifier sees in each image, and others; none is background."""
    seen = torch.multinomial(logits.softmax(dim=1)[:, 1:], 1).squeeze(1).numpy() + 1
    return np.unique(np.concatenate([seen, 1 + rng.permutation(logits.shape[1] - 1)[:others]]))


def _uniform(rng: np.random.Generator, between: tuple[float, float], *shape: int) -> Tensor:
    drawn = torch.from_numpy(rng.uniform(*between, size=shape).astype(np.float32))
    return drawn if len(shape) > 1 else drawn.unsqueeze(1)
