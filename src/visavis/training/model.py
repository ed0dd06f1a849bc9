"""The two towers side by side, and how their outputs are compared in training."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from visavis.training.towers.image import ImageTower
from visavis.training.towers.text import TextTower


class DualEncoder(nn.Module):
    """An image tower and a text tower into one space, with a learned temperature."""

    def __init__(self, image: ImageTower, text: TextTower) -> None:
        super().__init__()
        self.image, self.text = image, text
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def scale(self) -> Tensor:
        """Return what cosines are multiplied by before a softmax, 100 at most."""
        return self.log_scale.exp().clamp(max=100)
