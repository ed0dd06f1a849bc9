"""Inputs of the image tower: features from the cache, or pixels from files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from visavis.encoders.preprocessing import Preprocessing
from visavis.images import open_image
from visavis.threads import map_ahead
from visavis.training.data import Rows
from visavis.types import Pixels

THREADS = 4


class ImageInputs(Protocol):
    """Images by row, ready for the image tower."""

    def __len__(self) -> int:
        """Count the images."""

    def take(self, rows: Rows) -> Tensor:
        """Return the images of some rows."""


class FeatureInputs:
    """Rows of an array of features, float16 (images, *shape)."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    def take(self, rows: Rows) -> Tensor:
        """Return the features of some rows, float32 (rows, *shape)."""
        return torch.from_numpy(np.asarray(self.array[rows], np.float32))


class PixelInputs:
    """Image files, decoded when they are taken."""

    def __init__(self, paths: Sequence[Path], preprocessing: Preprocessing) -> None:
        self.paths, self.preprocessing = paths, preprocessing

    def __len__(self) -> int:
        return len(self.paths)

    def take(self, rows: Rows) -> Tensor:
        """Return the pixels of some rows, uint8 (rows, size, size, 3)."""
        pixels = map_ahead(self._read, rows, threads=THREADS, ahead=len(rows))
        return torch.from_numpy(np.stack(list(pixels)))

    def _read(self, row: int) -> Pixels:
        return read_pixels(self.paths[row], self.preprocessing)


def read_pixels(source: Path | bytes, preprocessing: Preprocessing) -> Pixels:
    """Open an image file and prepare it: uint8 (size, size, 3). Raises ImageError."""
    return preprocessing.prepare(open_image(source, size=preprocessing.size))
