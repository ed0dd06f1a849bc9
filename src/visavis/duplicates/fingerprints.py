"""Fingerprints of pictures: eight by eight colours, which survive resizing and re-encoding.

Two fingerprints are compared by their correlation, so brighter copies still match. Of all 33
million pairs of Flickr8k's 8,091 photographs, the only one above 0.976 is a photograph that is
there twice (`benchmarks/duplicates.py --pairs`).
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis.errors import ImageError
from visavis.files import replacing
from visavis.images import open_image
from visavis.threads import map_ahead
from visavis.types import Vectors

SIDE = 8
LENGTH = 3 * SIDE * SIDE
SAME = 0.985
"""The least correlation of two versions of one picture."""
_FLAT = 1.0
"""Pictures of one colour have no pattern to compare: their values differ by less, on average."""


def fingerprint(path: str) -> NDArray[np.uint8] | None:
    """Return the colours of an image file, (192,); None if it cannot be read."""
    from PIL.Image import Resampling

    try:
        image = open_image(path, size=4 * SIDE)
    except ImageError:
        return None
    return np.asarray(image.resize((SIDE, SIDE), Resampling.BOX)).reshape(-1)


def comparable(fingerprints: NDArray[np.uint8]) -> Vectors:
    """Return vectors (n, 192) whose inner products are correlations; 0 for a single colour."""
    values = fingerprints.astype(np.float32).reshape(-1, SIDE * SIDE, 3)
    values = (values - values.mean(axis=1, keepdims=True)).reshape(-1, LENGTH)
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    patterned = lengths > _FLAT * LENGTH**0.5
    return np.where(patterned, values / np.maximum(lengths, 1e-6), 0)


def read_fingerprints(
    files: Mapping[str, str],
    cache: Path,
    threads: int,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> dict[str, NDArray[np.uint8]]:
    """Return the fingerprints of image files by the id of their content; unreadable ones lack.

    Each content is read once: the file `cache` keeps what was computed, also if this is stopped.
    """
    known = _load(cache)
    found = {name: known[name] for name in files if name in known}
    new = [name for name in files if name not in known]
    paths = [files[name] for name in new]
    try:
        work = map_ahead(fingerprint, paths, threads=threads, ahead=4 * threads)
        for done, (name, colours) in enumerate(zip(new, work, strict=True), len(found) + 1):
            if colours is not None:
                found[name] = colours
            progress(done, len(files))
    finally:
        if new:
            _save(cache, {**known, **found})
    return found


def _load(cache: Path) -> dict[str, NDArray[np.uint8]]:
    """Read the cache; a damaged one, whose checksums do not fit, is as good as none."""
    try:
        with cache.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            names, colours = stored["names"], stored["colours"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
    if colours.dtype != np.uint8 or colours.shape != (len(names), LENGTH):
        return {}
    return dict(zip(names.tolist(), colours, strict=True))


def _save(cache: Path, fingerprints: Mapping[str, NDArray[np.uint8]]) -> None:
    """Write the cache, where the folder allows it."""
    if not fingerprints:
        return
    with suppress(OSError):
        cache.parent.mkdir(parents=True, exist_ok=True)
        with replacing(cache) as file:
            names, colours = list(fingerprints), np.stack(list(fingerprints.values()))
            np.savez(file, names=np.array(names), colours=colours)
