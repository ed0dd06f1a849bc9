"""Random views of images: what a network learns on must not depend on the frame."""

from __future__ import annotations

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

LEAST_AREA = 0.4
WIDEST = 0.3  # the log of how much wider or higher a crop is than the image
BRIGHTEST = 0.2


def random_crops(pixels: Tensor, side: int, generator: Generator | None = None) -> Tensor:
    """Cut a rectangle of 40 to 100 % of the area from each image; flip half of them.

    uint8 (n, h, w, 3) to uint8 (n, side, side, 3); brightness changes by up to a fifth. Draws
    from torch's own random numbers, or from a generator of the CPU.
    """
    device = pixels.device
    colours = pixels.permute(0, 3, 1, 2).float()
    theta = _rectangles(len(pixels), generator).to(device)
    grid = F.affine_grid(theta, [len(pixels), 3, side, side], align_corners=False)
    crops = F.grid_sample(colours, grid, padding_mode="reflection", align_corners=False)
    bright = crops * _uniform(1 - BRIGHTEST, 1 + BRIGHTEST, (len(pixels), 1, 1, 1), generator).to(
        device
    )
    return bright.round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)


def _rectangles(n: int, generator: Generator | None) -> Tensor:
    """Draw rectangles that lie inside of the image, as affine maps (n, 2, 3) into [-1, 1]."""
    area = _uniform(LEAST_AREA, 1, (n,), generator)
    ratio = _uniform(-WIDEST, WIDEST, (n,), generator).exp()
    size = torch.stack([(area * ratio).sqrt(), (area / ratio).sqrt()], dim=1).clamp(max=1)
    centre = (1 - size) * _uniform(-1, 1, (n, 2), generator)
    flip = torch.randint(0, 2, (n,), generator=generator) * 2 - 1
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = size[:, 0] * flip
    theta[:, 1, 1] = size[:, 1]
    theta[:, :, 2] = centre
    return theta


def _uniform(
    low: float, high: float, shape: tuple[int, ...], generator: Generator | None
) -> Tensor:
    return torch.empty(shape).uniform_(low, high, generator=generator)
