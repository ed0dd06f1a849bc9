"""What all classes are drawn with: noise, cells, relief, a pencil's sheet, and the photograph."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw, ImageFont

from drawn.hand import Canvas, Hand

SIZE = 224
SHEET = 448  # pencils draw twice as large
Y, X = (np.mgrid[0:SIZE, 0:SIZE] / SIZE).astype(np.float32)
Field = NDArray[np.float32]  # (224, 224), mostly of 0 to 1
FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"
PRINT = ("DejaVuSans", "DejaVuSerif", "STIXGeneral", "DejaVuSansMono", "DejaVuSerif-Bold")
PRINT += ("DejaVuSans-Bold", "STIXGeneralBol", "DejaVuSerif-Italic", "STIXGeneralItalic")


@cache
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(
        str(FONTS / f"{name}.ttf"), size, layout_engine=ImageFont.Layout.BASIC
    )


def noise(hand: Hand, cells: float, octaves: int = 4, stretch: float = 1.0) -> Field:
    """Sum random grids, each twice as fine and half as strong; stretched lies along x if < 1."""
    total = np.zeros((SIZE, SIZE), np.float32)
    for octave in range(octaves):
        sides = (cells * 2**octave, cells * stretch * 2**octave)
        rows, columns = (min(SIZE, max(2, round(side))) for side in sides)
        grid = Image.fromarray(hand.random((rows, columns), dtype=np.float32))
        total += np.asarray(grid.resize((SIZE, SIZE), Image.Resampling.BICUBIC)) * 0.5**octave
    total -= total.min()
    return total / total.max()


def blend(first: ArrayLike, second: ArrayLike, share: Field) -> Canvas:
    """Mix two colours or canvases, the second as much as the share says at each pixel."""
    one, two = np.asarray(first, np.float32), np.asarray(second, np.float32)
    return one + (two - one) * share[..., None].clip(0, 1)


def relief(hand: Hand, height: Field, depth: float) -> Field:
    """Light a surface from a side: factors about 1."""
    down, right = np.gradient(height)
    angle = hand.uniform(0, 2 * np.pi)
    return (1 + depth * (right * np.cos(angle) + down * np.sin(angle))).clip(0.25, 1.8)


def turned(hand: Hand, angle: float, lean: float = 0.3) -> tuple[Field, Field]:
    """Return coordinates about the centre turned by at most an angle and seen a little aslant."""
    turn, (a, b) = hand.uniform(-angle, angle), hand.uniform(-lean, lean, 2)
    x, y = X - 0.5, Y - 0.5
    depth = 1 + a * x + b * y
    return (
        (x * np.cos(turn) - y * np.sin(turn)) / depth,
        (x * np.sin(turn) + y * np.cos(turn)) / depth,
    )


def cells(hand: Hand, count: float, jitter: float = 0.9) -> tuple[Field, Field, NDArray[np.int64]]:
    """Return distances to the nearest and the next of points strewn, and the nearest's number."""
    u, v = turned(hand, np.pi)
    u, v = (u + 1) * count, (v + 1) * count
    side = int(max(u.max(), v.max())) + 3
    points = hand.random((side, side, 2), dtype=np.float32) * jitter + (1 - jitter) / 2
    column, row = u.astype(np.int64), v.astype(np.int64)
    u, v = u - np.floor(u), v - np.floor(v)
    first, second = np.full_like(u, 9), np.full_like(u, 9)
    nearest = np.zeros_like(row)
    for step in range(9):
        down, right = step // 3 - 1, step % 3 - 1
        number = (row + down).clip(0) * side + (column + right).clip(0)
        point = np.take(points.reshape(-1, 2), number, axis=0)
        far = (point[..., 0] + (right - u)) ** 2 + (point[..., 1] + (down - v)) ** 2
        second = np.minimum(second, np.maximum(first, far))
        nearest = np.where(far < first, number, nearest)
        first = np.minimum(first, far)
    return np.sqrt(first), np.sqrt(second), nearest


def per_cell(hand: Hand, nearest: NDArray[np.int64], palette: Sequence[ArrayLike]) -> Canvas:
    """Give each cell one of some colours, a little changed."""
    count = int(nearest.max()) + 1
    colours = np.asarray(palette, np.float32)[hand.integers(len(palette), size=count)]
    return (colours * hand.uniform(0.75, 1.15, (count, 1)).astype(np.float32))[nearest]


def wobble(hand: Hand, pixels: Canvas, amount: float, fine: float = 6) -> Canvas:
    """Shift pixels by a smooth noise, of an amount in pixels."""
    shifts = [(noise(hand, fine, 2) - 0.5) * 2 * amount for _ in range(2)]
    rows = (Y * SIZE + shifts[0]).round().clip(0, SIZE - 1).astype(np.int64)
    columns = (X * SIZE + shifts[1]).round().clip(0, SIZE - 1).astype(np.int64)
    return pixels[rows, columns]


def rgb(colour: ArrayLike) -> tuple[int, int, int]:
    """Return a colour as Pillow takes it."""
    red, green, blue = np.asarray(colour).clip(0, 255).astype(int).tolist()
    return red, green, blue


def sheet(colour: ArrayLike, size: tuple[int, int] = (SHEET, SHEET)) -> ImageDraw.ImageDraw:
    """Return a pencil on a new sheet, which is its `_image`."""
    return ImageDraw.Draw(Image.new("RGB", size, rgb(colour)))


def shrink(pencil: ImageDraw.ImageDraw) -> Canvas:
    """Return a sheet as large as an image."""
    small = pencil._image.resize((SIZE, SIZE), Image.Resampling.BOX)  # noqa: SLF001
    return np.asarray(small, np.float32)


def snap(hand: Hand, pencil: ImageDraw.ImageDraw, zoom: tuple[float, float], turn: float) -> Canvas:
    """Look at a sheet on a table, from a distance and an angle; less than 1 shows a part."""
    image = pencil._image.convert("RGBA")  # noqa: SLF001
    reach = min(image.size) / 2 * hand.uniform(*zoom)
    slack = np.abs(np.asarray(image.size) / 2 - reach) * 0.8
    centre = np.asarray(image.size) / 2 + hand.uniform(-slack, slack)
    angle = hand.uniform(-turn, turn) + np.pi / 4
    angles = angle + np.array([4, 2, 0, -2]) * np.pi / 4  # NW, SW, SE, NE
    corners = np.stack([np.cos(angles), np.sin(angles)], 1) * reach * np.sqrt(2)
    corners += centre + hand.uniform(-0.3, 0.3, (4, 2)) * turn * reach
    seen = image.transform(
        (SHEET, SHEET), Image.Transform.QUAD, corners.ravel().tolist(), Image.Resampling.BILINEAR
    ).reduce(2)
    pixels = np.asarray(seen, np.float32)
    table = blend(hand.dull(10, 230), hand.dull(10, 230), noise(hand, 4, 3, hand.uniform(0.1, 2)))
    return blend(table, pixels[..., :3], pixels[..., 3] / 255)


def photograph(pixels: Canvas, rng: Hand, spoil: float) -> NDArray[np.uint8]:
    """Add what light and a camera do: gradients, vignetting, blur, grain, contrast, a cast."""
    angle, fall = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.5) * spoil
    light = 1 + fall * ((X - 0.5) * np.cos(angle) + (Y - 0.5) * np.sin(angle))
    light -= rng.uniform(0, 0.6) * spoil * ((X - 0.5) ** 2 + (Y - 0.5) ** 2) * rng.chance(0.5)
    light *= rng.uniform(1 - 0.25 * spoil, 1 + 0.12 * spoil)
    pixels = pixels.astype(np.float32, copy=False)
    middle, contrast = pixels.mean(), rng.uniform(1 - 0.3 * spoil, 1 + 0.1 * spoil)
    cast = rng.normal(1, 0.03 * spoil, 3).astype(np.float32)
    lit = ((pixels - middle) * np.float32(contrast) + middle) * light[..., None] * cast
    if rng.chance(0.5 * spoil):
        reach = rng.uniform(0.4, 1.6)
        soft = Image.fromarray(lit.clip(0, 255).astype(np.uint8))
        lit = np.asarray(blurred(soft, reach), np.float32)
    if rng.chance(0.7):
        shape = (SIZE, SIZE, rng.pick((1, 3)))
        lit = lit + rng.standard_normal(shape, np.float32) * rng.uniform(0, 10 * spoil)
    return lit.clip(0, 255).astype(np.uint8)


def blurred(image: Image.Image, reach: float) -> Image.Image:
    """Soften an image by going through a smaller one."""
    side = round(SIZE / (1 + reach))
    small = image.resize((side, side), Image.Resampling.BILINEAR)
    return small.resize((SIZE, SIZE), Image.Resampling.BICUBIC)
