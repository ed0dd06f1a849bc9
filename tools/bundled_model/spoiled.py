"""Images made worse: nearer, turned, grey, tinted, pale, blurred and noisy."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

LEAST_AREA = 0.15
LEANING = 0.3  # radians, beside quarter turns
TINT = 0.125
CONTRAST = (0.3, 1.3)
BRIGHTNESS = (0.6, 1.3)
BLURRED = 0.4  # of its side are left
NOISE = 12.0


def spoil(pixels: Tensor, generator: Generator) -> Tensor:
    """Make each image worse in ways of its own; uint8 (n, side, side, 3) to the same."""
    n, side = len(pixels), pixels.shape[1]

    def draw(low: float, high: float, *shape: int) -> Tensor:
        return torch.empty(n, *shape).uniform_(low, high, generator=generator)

    def some(share: float) -> Tensor:
        return (draw(0, 1, 1, 1, 1) < share).float()

    x = pixels.permute(0, 3, 1, 2).float()
    quarters = torch.randint(0, 4, (n,), generator=generator) * math.pi / 2
    turn = (quarters + draw(-LEANING, LEANING)) * some(0.5).flatten()
    frame = _frame(turn, draw(LEAST_AREA, 1).sqrt(), draw(-1, 1, 2))
    grid = F.affine_grid(frame, list(x.shape), align_corners=False)
    x = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    x = x.lerp(x.mean(dim=1, keepdim=True), some(0.5))
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    x = (x - mean) * draw(*CONTRAST, 1, 1, 1) + mean * draw(*BRIGHTNESS, 1, 1, 1)
    x = x * draw(1 - TINT, 1 + TINT, 3, 1, 1)
    x = x.lerp(255 - x, some(0.05))
    small = F.interpolate(x, scale_factor=BLURRED, mode="bilinear", antialias=True)
    x = x.lerp(F.interpolate(small, size=side, mode="bilinear"), some(0.4))
    x = x + draw(0, NOISE, 1, 1, 1) * torch.randn(x.shape, generator=generator)
    return x.round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)


def _frame(turn: Tensor, size: Tensor, towards: Tensor) -> Tensor:
    """Return affine maps (n, 2, 3) to squares of a size, turned, each somewhere in the image."""
    cosine, sine = size * turn.cos(), size * turn.sin()
    centre = (1 - size)[:, None] * towards
    rows = [
        torch.stack([cosine, -sine, centre[:, 0]], 1),
        torch.stack([sine, cosine, centre[:, 1]], 1),
    ]
    return torch.stack(rows, dim=1)
