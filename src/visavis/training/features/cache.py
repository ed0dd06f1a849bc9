"""Features of image files, computed once: a head then learns at the speed of memory."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import numpy as np
import torch
from filelock import FileLock
from numpy.typing import NDArray

from visavis.collection import image_id
from visavis.datasets import Skipped
from visavis.encoders.preprocessing import Preprocessing
from visavis.errors import ImageError, TrainingError, reason
from visavis.threads import map_ahead
from visavis.training.features.table import Features, FeatureTable
from visavis.training.inputs import read_pixels
from visavis.training.towers.backbone import Backbone, Kind
from visavis.types import Pixels

Reading: TypeAlias = tuple[str, Pixels]
"""Hash of a file's content, and the image in it at the size of the backbone."""

Result = TypeVar("Result")

BATCH = 32
THREADS = 4


class CachedFeatures:
    """Features of images in the order they were asked for: (n, *shape), float16 or float32.

    They stay on disk, memory-mapped; indexing reads rows. An image that could not be opened has
    none, and must not be asked for.
    """

    def __init__(self, values: Features, rows: NDArray[np.int64]) -> None:
        self._values, self._rows = values, rows
        self.shape = (len(rows), *values.shape[1:])

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, images: Any) -> Features:
        rows = self._rows[images]
        assert (rows >= 0).all(), "an image that could not be opened has no features"
        features: Features = self._values[rows]
        return features


class FeatureCache:
    """A folder of features, one table for each backbone (with its weights) and kind of features.

    Rows are found by the content of the image. The folder may be deleted at any time; several
    processes may use it at once, and a run after a killed one computes only what is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def features(
        self,
        backbone: Backbone,
        kind: Kind,
        paths: Sequence[Path],
        progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> tuple[CachedFeatures, list[Skipped]]:
        """Return the features of image files, and the files that could not be opened.

        Missing features are computed on the backbone's device; `progress` is called with the
        number of images done and the number to do. Raises TrainingError if the folder cannot be
        written, or if features exceed half precision.
        """
        folder = self.folder / f"{backbone.id}-{kind}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / "lock"):
                table = FeatureTable(folder, backbone.shapes[kind], backbone.precision)
                return _Extraction(table, backbone, kind).run(paths, progress)
        except OSError as error:
            raise TrainingError(f"{folder}: features cannot be kept, {reason(error)}") from error


class _Extraction:
    """One call of the cache: read new images ahead, compute their features, extend the table."""

    def __init__(self, table: FeatureTable, backbone: Backbone, kind: Kind) -> None:
        self.table, self.backbone, self.kind = table, backbone, kind
        self.ids: dict[Path, str | Skipped] = {}

    def run(
        self, paths: Sequence[Path], progress: Callable[[int, int], None]
    ) -> tuple[CachedFeatures, list[Skipped]]:
        unique = list(dict.fromkeys(paths))
        self.ids = dict(zip(unique, _in_threads(_identify, unique), strict=True))
        new = self._new(unique)
        progress(0, len(new))
        done = 0
        with closing(
            _in_threads(partial(_read, preprocessing=self.backbone.preprocessing), new)
        ) as readings:
            while batch := list(islice(readings, BATCH)):
                self._add(new[done : done + len(batch)], batch)
                done += len(batch)
                progress(done, len(new))
        rows = np.array([self._row(path) for path in paths], np.int64)
        skipped = [each for each in self.ids.values() if isinstance(each, Skipped)]
        return CachedFeatures(self.table.values(), rows), skipped

    def _new(self, paths: list[Path]) -> list[Path]:
        """Return one file of each content that the table lacks."""
        firsts: dict[str, Path] = {}
        for path in paths:
            content = self.ids[path]
            if not isinstance(content, Skipped) and content not in self.table.rows:
                firsts.setdefault(content, path)
        return list(firsts.values())

    def _add(self, paths: list[Path], readings: list[Reading | Skipped]) -> None:
        """Note what was read of some files, and append the features of new contents."""
        new: dict[str, Pixels] = {}
        for path, reading in zip(paths, readings, strict=True):
            if isinstance(reading, Skipped):
                self.ids[path] = reading
                continue
            content, pixels = reading
            self.ids[path] = content
            if content not in self.table.rows:
                new[content] = pixels
        if new:
            self.table.append(list(new), self._compute(np.stack(list(new.values()))))

    @torch.no_grad()
    def _compute(self, images: NDArray[np.uint8]) -> Features:
        pixels = torch.from_numpy(images).to(self.backbone.get_buffer("mean").device)
        features = self.backbone(pixels, self.kind).float().cpu().numpy()
        with np.errstate(over="ignore"):
            values: Features = features.astype(self.backbone.precision)
        if not np.isfinite(values).all():
            raise TrainingError(
                f"{self.backbone.name}: its features {self.kind!r} do not fit half precision"
            )
        return values

    def _row(self, path: Path) -> int:
        content = self.ids[path]
        if not isinstance(content, Skipped) and content not in self.table.rows:
            content = self.ids[path] = Skipped(str(path), "changed while it was read")
        return -1 if isinstance(content, Skipped) else self.table.rows[content]


def _in_threads(work: Callable[[Path], Result], paths: list[Path]) -> Generator[Result, None, None]:
    """Map in order, a batch ahead of the consumer."""
    return map_ahead(work, paths, threads=THREADS, ahead=BATCH)


def _identify(path: Path) -> str | Skipped:
    try:
        return image_id(path.read_bytes())
    except OSError as error:
        return Skipped(str(path), reason(error))


def _read(path: Path, preprocessing: Preprocessing) -> Reading | Skipped:
    """Read a file again, and hash it again: features must belong to the hash they are kept by."""
    try:
        data = path.read_bytes()
        return image_id(data), read_pixels(data, preprocessing)
    except ImageError as error:
        return Skipped(str(path), error.reason)
    except OSError as error:
        return Skipped(str(path), reason(error))
