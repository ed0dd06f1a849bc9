"""Features of images, computed once and kept: a head then learns at the speed of memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from filelock import FileLock
from numpy.typing import NDArray

from visavis.collection import image_id
from visavis.datasets import Skipped
from visavis.errors import ImageError, TrainingError, reason
from visavis.images import open_image, squash
from visavis.training.feature_table import FeatureTable
from visavis.training.towers.backbone import Backbone, Kind
from visavis.types import Pixels

Reading: TypeAlias = tuple[str, Pixels]

BATCH = 32
THREADS = 4


class Features:
    """Features of images in the order they were asked for: (n, *shape), float16.

    They stay on disk, memory-mapped; indexing reads rows. An image that could not be opened has
    none, and must not be asked for.
    """

    def __init__(self, values: NDArray[np.float16], rows: NDArray[np.int64]) -> None:
        self._values, self._rows = values, rows
        self.shape = (len(rows), *values.shape[1:])

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, images: Any) -> NDArray[np.float16]:
        rows = self._rows[images]
        assert (rows >= 0).all(), "an image that could not be opened has no features"
        features: NDArray[np.float16] = self._values[rows]
        return features


class FeatureCache:
    """A folder of features by backbone, weights, preparation, kind, and content of the image.

    It may be deleted at any time. Several processes may use it at once, and a run that was killed
    goes on where it was.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def features(
        self,
        backbone: Backbone,
        kind: Kind,
        paths: Sequence[Path],
        progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> tuple[Features, list[Skipped]]:
        """Return the features of image files, and what could not be opened.

        Those that are missing are computed where the backbone is; `progress` is told how many of
        them are done, and how many there are. Raises TrainingError.
        """
        folder = self.folder / f"{backbone.id}-{kind}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / "lock"), ThreadPoolExecutor(THREADS) as pool:
                table = FeatureTable(folder, backbone.shapes[kind])
                run = _Run(table, backbone, kind, pool)
                return run.features(paths, progress)
        except OSError as error:
            raise TrainingError(f"{folder}: features cannot be kept, {reason(error)}") from error


class _Run:
    """One call: what is new is read ahead, seen by the backbone, and added to the table."""

    def __init__(
        self, table: FeatureTable, backbone: Backbone, kind: Kind, pool: ThreadPoolExecutor
    ) -> None:
        self.table, self.backbone, self.kind, self.pool = table, backbone, kind, pool
        self.ids: dict[Path, str | Skipped] = {}

    def features(
        self, paths: Sequence[Path], progress: Callable[[int, int], None]
    ) -> tuple[Features, list[Skipped]]:
        unique = list(dict.fromkeys(paths))
        self.ids = dict(zip(unique, self.pool.map(_identify, unique), strict=True))
        new = self._new(unique)
        progress(0, len(new))
        done = 0
        for batch, readings in self._read_ahead(new):
            self.ids |= {path: _id_of(each) for path, each in zip(batch, readings, strict=True)}
            self._add(dict(each for each in readings if not isinstance(each, Skipped)))
            done += len(batch)
            progress(done, len(new))
        rows = np.array([self._row(path) for path in paths], np.int64)
        problems = [each for each in self.ids.values() if isinstance(each, Skipped)]
        return Features(self.table.values(), rows), problems

    def _new(self, paths: list[Path]) -> list[Path]:
        """List a file of each content that the table does not have."""
        firsts: dict[str, Path] = {}
        for path in paths:
            own = self.ids[path]
            if not isinstance(own, Skipped) and own not in self.table.rows:
                firsts.setdefault(own, path)
        return list(firsts.values())

    def _read_ahead(
        self, paths: list[Path]
    ) -> Iterator[tuple[list[Path], list[Reading | Skipped]]]:
        """Yield batches of files with what is in them, the next one being read meanwhile."""
        waiting: tuple[list[Path], list[Future[Reading | Skipped]]] | None = None
        for start in range(0, len(paths), BATCH):
            batch = paths[start : start + BATCH]
            coming = batch, [self.pool.submit(_read, path, self.backbone.size) for path in batch]
            if waiting:
                yield waiting[0], [each.result() for each in waiting[1]]
            waiting = coming
        if waiting:
            yield waiting[0], [each.result() for each in waiting[1]]

    def _add(self, images: dict[str, Pixels]) -> None:
        """Let the backbone see images by id, and keep what it makes of those that are new."""
        new = {each: pixels for each, pixels in images.items() if each not in self.table.rows}
        if not new:
            return
        pixels = torch.from_numpy(np.stack(list(new.values())))
        device = next(self.backbone.parameters()).device
        with torch.no_grad():
            values = self.backbone(pixels.to(device), self.kind).half().cpu().numpy()
        if not np.isfinite(values).all():
            raise TrainingError(
                f"{self.backbone.name}: its features {self.kind!r} do not fit half precision"
            )
        self.table.append(list(new), values)

    def _row(self, path: Path) -> int:
        own = self.ids[path]
        if not isinstance(own, Skipped) and own not in self.table.rows:
            own = self.ids[path] = Skipped(str(path), "changed while it was read")
        return -1 if isinstance(own, Skipped) else self.table.rows[own]


def _identify(path: Path) -> str | Skipped:
    try:
        return image_id(path.read_bytes())
    except OSError as error:
        return Skipped(str(path), reason(error))


def _read(path: Path, size: int) -> Reading | Skipped:
    """Read a file once more: what is kept under a hash is what has that hash."""
    try:
        data = path.read_bytes()
        return image_id(data), squash(open_image(data, size=size), size)
    except ImageError as error:
        return Skipped(str(path), error.reason)
    except OSError as error:
        return Skipped(str(path), reason(error))


def _id_of(reading: Reading | Skipped) -> str | Skipped:
    return reading if isinstance(reading, Skipped) else reading[0]
