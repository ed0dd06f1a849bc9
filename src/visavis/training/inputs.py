"""What the image tower is given: features from the cache, or pixels read ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor

from visavis.images import open_image, squash
from visavis.training.data import Rows

THREADS = 4

Task = TypeVar("Task")
Result = TypeVar("Result")


class ImageInputs(Protocol):
    """Images by row, ready for the image tower."""

    def __len__(self) -> int:
        """Count the images."""

    def take(self, rows: Rows) -> Tensor:
        """Return the images of some rows."""


class FeatureInputs:
    """Rows of an array of features, float16 (images, *shape); given as float32."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    def take(self, rows: Rows) -> Tensor:
        """Return (rows, *shape)."""
        return torch.from_numpy(np.asarray(self.array[rows], np.float32))


class PixelInputs:
    """Image files, decoded when asked: uint8 (rows, size, size, 3)."""

    def __init__(self, paths: Sequence[Path], size: int) -> None:
        self.paths, self.size = paths, size
        self.pool = ThreadPoolExecutor(THREADS)

    def __len__(self) -> int:
        return len(self.paths)

    def take(self, rows: Rows) -> Tensor:
        """Return (rows, size, size, 3)."""
        return torch.from_numpy(np.stack(list(self.pool.map(self._read, rows))))

    def _read(self, row: int) -> Any:
        return squash(open_image(self.paths[row], size=self.size), self.size)


def one_ahead(
    work: Callable[[Task], Result], tasks: Iterable[Task]
) -> Iterator[tuple[Task, Result]]:
    """Yield each task with what `work` makes of it, the next one being made meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        waiting = None
        for task in tasks:
            coming = task, pool.submit(work, task)
            if waiting:
                yield waiting[0], waiting[1].result()
            waiting = coming
        if waiting:
            yield waiting[0], waiting[1].result()
