"""The curves and images of a run, for TensorBoard."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from visavis.errors import ImageError
from visavis.images import open_image
from visavis.types import Pixels

if TYPE_CHECKING:
    from accelerate.tracking import GeneralTracker
    from PIL.Image import Image

BY_EPOCH = "epochs"
"""The folder of the curves over epochs, a run of its own for TensorBoard."""

SHOWN = 8
"""Queries in a grid."""

COLUMNS = 2
SIDE = 168
"""Width of a tile, and height of the image in it: TensorBoard's cards are 340 pixels wide."""

LETTER, LINE, LINES = 6, 12, 6  # of Pillow's own bitmap font, which has Latin letters only
HEIGHT = SIDE + LINES * LINE + 6
_SPELT = str.maketrans({"œ": "oe", "Œ": "OE", "’": "'", "–": "-", "—": "-", "“": '"', "”": '"'})


class Board:
    """Writes one run's event files into a folder; without a folder it writes nothing.

    `step` is the first one this process will write, and `epoch` the first epoch: points from
    there on, left by a run that was killed after its last checkpoint, are dropped. What was
    written can be seen within seconds, and is complete after `close`. `trackers` get the curves
    over steps too.
    """

    def __init__(
        self,
        folder: Path | None,
        step: int = 0,
        epoch: int = 0,
        trackers: Sequence[GeneralTracker] = (),
    ) -> None:
        self._writer = self._epochs = None
        self._trackers = trackers
        if folder is not None:
            from torch.utils.tensorboard import SummaryWriter

            _wait_for_a_later_name(folder)
            self._writer = SummaryWriter(str(folder), purge_step=step, flush_secs=10)
            by_epoch = str(folder / BY_EPOCH)
            self._epochs = SummaryWriter(by_epoch, purge_step=epoch, flush_secs=10)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Add a point to each curve; `train/loss` and `train/accuracy` share a section."""
        if self._writer is not None:
            for name, value in values.items():
                self._writer.add_scalar(name, value, step)
        for tracker in self._trackers:
            tracker.log(dict(values), step=step)

    def epoch(self, epoch: int, values: Mapping[str, float]) -> None:
        """Add a point to curves whose horizontal axis counts the epochs of the run."""
        if self._epochs is not None:
            for name, value in values.items():
                self._epochs.add_scalar(f"epochs/{name}", value, epoch)

    def queries(
        self,
        step: int,
        images: Sequence[Path],
        texts: Sequence[str],
        ranks: Sequence[int],
        lang: str = "",
    ) -> None:
        """Draw the text queries that went best and worst, each under its right image.

        `images`, `texts` and `ranks` have one entry a query: the image it describes, the
        text, and the rank at which the image was found, from 1. No image is shown twice.
        A language has its own grids, `queries/en/best` and `queries/en/worst`.
        """
        if self._writer is None:
            return
        order = sorted(range(len(ranks)), key=lambda query: ranks[query])
        section = f"queries/{lang}" if lang else "queries"
        for name, queries in (("best", order), ("worst", order[::-1])):
            shown = list(islice(_first_of_each(queries, images), SHOWN))
            tiles = [_tile(images[n], f"{ranks[n]}: {texts[n]}") for n in shown]
            if tiles:
                grid = _grid(tiles)
                self._writer.add_image(f"{section}/{name}", grid, step, dataformats="HWC")

    def close(self) -> None:
        """Write out what is waiting; nothing may be added afterwards."""
        for writer in (self._writer, self._epochs):
            if writer is not None:
                writer.close()
        for tracker in self._trackers:
            tracker.finish()


def _wait_for_a_later_name(folder: Path) -> None:
    """Wait for the next second if needed: event files are ordered by the second in the name."""
    if any(folder.glob(f"events.out.tfevents.{int(time.time()):010d}.*")):
        time.sleep(1)


def _first_of_each(queries: Sequence[int], images: Sequence[Path]) -> Iterator[int]:
    seen = set()
    for query in queries:
        if images[query] not in seen:
            seen.add(images[query])
            yield query


def _tile(path: Path, text: str) -> Pixels:
    """Draw an image with a text under it: (HEIGHT, SIDE, 3)."""
    from PIL import Image, ImageDraw, ImageFont

    tile = Image.new("RGB", (SIDE, HEIGHT), "white")
    image = _fitted(path)
    tile.paste(image, ((SIDE - image.width) // 2, (SIDE - image.height) // 2))
    letters = text.translate(_SPELT).encode("latin-1", "replace").decode("latin-1")
    lines = textwrap.wrap(letters, SIDE // LETTER - 1, max_lines=LINES, placeholder=" ...")
    font = ImageFont.load_default_imagefont()
    ImageDraw.Draw(tile).text((3, SIDE + 1), "\n".join(lines), "black", font, spacing=1)
    return np.asarray(tile)


def _fitted(path: Path) -> Image:
    """Open an image shrunk to a tile, or a grey one where it cannot be opened."""
    from PIL import Image

    try:
        image = open_image(path, size=SIDE)
    except ImageError:
        return Image.new("RGB", (SIDE, SIDE), "lightgrey")
    image.thumbnail((SIDE, SIDE))
    return image


def _grid(tiles: Sequence[Pixels]) -> Pixels:
    """Lay equal tiles in rows of COLUMNS on white."""
    height, width, _ = tiles[0].shape
    rows = -(-len(tiles) // COLUMNS)
    grid = np.full((rows * height, min(COLUMNS, len(tiles)) * width, 3), 255, np.uint8)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, COLUMNS)
        grid[row * height : (row + 1) * height, column * width : (column + 1) * width] = tile
    return grid
