"""Random crops and degradations of images, so that a network does not depend on the frame."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

LEAST_AREA = 0.4
WIDEST = 0.3  # the log of how much wider or higher a crop is than the image
BRIGHTEST = 0.2

# How `degrade` changes an image, and in which share of cases.
DEGRADED_AREA = 0.15
LEANING = 0.3  # radians, beside quarter turns
TINT = 0.125
CONTRAST = (0.3, 1.3)
LIGHT = (0.6, 1.3)
BLURRED = 0.4  # of the side of the image are left
NOISE = 12.0
SHARES = {"turned": 0.5, "grey": 0.5, "inverted": 0.05, "blurred": 0.4}


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


def degrade(pixels: Tensor, generator: Generator) -> Tensor:
    """Return closer, turned, grey, tinted, pale, blurred and noisy copies of images.

    uint8 (n, side, side, 3) to the same shape. A classifier that learns on these does not tell
    drawn images by how clean they are.
    """
    n, side = len(pixels), pixels.shape[1]

    def draw(low: float, high: float, *shape: int) -> Tensor:
        return _uniform(low, high, (n, *shape), generator)

    def some(what: str) -> Tensor:
        return (draw(0, 1, 1, 1, 1) < SHARES[what]).float()

    x = pixels.permute(0, 3, 1, 2).float()
    quarters = torch.randint(0, 4, (n,), generator=generator) * math.pi / 2
    turn = (quarters + draw(-LEANING, LEANING)) * some("turned").flatten()
    theta = _turned(turn, draw(DEGRADED_AREA, 1).sqrt(), draw(-1, 1, 2))
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    x = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    x = x.lerp(x.mean(dim=1, keepdim=True), some("grey"))
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    x = (x - mean) * draw(*CONTRAST, 1, 1, 1) + mean * draw(*LIGHT, 1, 1, 1)
    x = x * draw(1 - TINT, 1 + TINT, 3, 1, 1)
    x = x.lerp(255 - x, some("inverted"))
    small = F.interpolate(x, scale_factor=BLURRED, mode="bilinear", antialias=True)
    x = x.lerp(F.interpolate(small, size=side, mode="bilinear"), some("blurred"))
    x = x + draw(0, NOISE, 1, 1, 1) * torch.randn(x.shape, generator=generator)
    return x.round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)


def _turned(turn: Tensor, size: Tensor, towards: Tensor) -> Tensor:
    """Return affine maps (n, 2, 3) to squares of a size, turned, each somewhere in the image."""
    cosine, sine = size * turn.cos(), size * turn.sin()
    centre = (1 - size)[:, None] * towards
    rows = [
        torch.stack([cosine, -sine, centre[:, 0]], 1),
        torch.stack([sine, cosine, centre[:, 1]], 1),
    ]
    return torch.stack(rows, dim=1)


def _rectangles(n: int, generator: Generator | None) -> Tensor:
    """Draw rectangles inside the image, as affine maps (n, 2, 3) into [-1, 1]."""
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
