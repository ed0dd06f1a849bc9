"""Pairs of a split, with the tokens and images that the towers are given."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from torch import Tensor

from visavis.cache import cache_folder
from visavis.encoders.preprocessing import Preprocessing
from visavis.errors import ImageError
from visavis.images import open_image
from visavis.threads import map_ahead
from visavis.training.data import Pairs, Rows
from visavis.training.features import FeatureCache
from visavis.training.inputs import THREADS, FeatureInputs, ImageInputs, PixelInputs
from visavis.training.towers.image import ImageTower

LOG_SECONDS = 10.0  # between lines about the features


@dataclass(frozen=True, slots=True)
class Examples:
    """The pairs of a split, with the inputs of the towers.

    `tokens` is int64 (captions, tokens), padded at the end. `features` are those of the backbone
    as the run found it; `pixels` are the images themselves, decoded when they are taken.
    """

    pairs: Pairs
    tokens: Tensor
    features: ImageInputs
    pixels: ImageInputs

    @classmethod
    def build(
        cls,
        pairs: Pairs,
        features: ImageInputs,
        tokenize: Callable[[Sequence[str]], Tensor],
        preprocessing: Preprocessing,
    ) -> Examples:
        """Tokenize the captions, and open the images as the tower takes them."""
        return cls(pairs, tokenize(pairs.texts), features, PixelInputs(pairs.paths, preprocessing))


def extract_features(
    tower: ImageTower, pairs: Pairs, log: Callable[[str], None]
) -> tuple[Pairs, FeatureInputs]:
    """Compute the backbone's features of all images, or take them from the cache.

    Images that cannot be opened are left out with their captions, with a line each.
    """
    cache = FeatureCache(cache_folder("features"))
    features, problems = cache.features(
        tower.backbone, tower.kind, pairs.paths, _log_now_and_then(log)
    )
    for problem in problems:
        log(f"image left out: {problem}")
    kept, rows = _without(pairs, {Path(problem.where) for problem in problems})
    return kept, FeatureInputs(features if len(rows) == len(features) else features[rows])


def open_images(
    tower: ImageTower, pairs: Pairs, log: Callable[[str], None]
) -> tuple[Pairs, PixelInputs]:
    """Return pixels in place of features, for a tower whose backbone learns from the first step.

    Images that cannot be opened are left out with their captions, with a line each.
    """
    progress, damaged = _log_now_and_then(log, "opening"), set()
    tried = map_ahead(partial(_problem, size=tower.size), pairs.paths, threads=THREADS, ahead=64)
    for done, (path, problem) in enumerate(zip(pairs.paths, tried, strict=True)):
        progress(done, len(pairs.paths))
        if problem:
            log(f"image left out: {path}: {problem}")
            damaged.add(path)
    kept, _ = _without(pairs, damaged)
    return kept, PixelInputs(kept.paths, tower.preprocessing)


def _problem(path: Path, size: int) -> str:
    try:
        open_image(path, size=size)
    except ImageError as error:
        return error.reason
    return ""


def _log_now_and_then(
    log: Callable[[str], None], what: str = "features"
) -> Callable[[int, int], None]:
    """Return a callback that logs progress every few seconds."""
    logged = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal logged
        if time.monotonic() - logged > LOG_SECONDS:
            logged = time.monotonic()
            log(f"{what}: {done:,} of {total:,} images")

    return progress


def _without(pairs: Pairs, damaged: set[Path]) -> tuple[Pairs, Rows]:
    """Leave out damaged images and their captions; return the rows of the images that are left."""
    rows = np.array([row for row, path in enumerate(pairs.paths) if path not in damaged], np.int64)
    if len(rows) == len(pairs.paths):
        return pairs, rows
    new_row = {int(old): new for new, old in enumerate(rows)}
    texts = [n for n, image in enumerate(pairs.image_of_caption) if int(image) in new_row]
    return Pairs(
        [pairs.paths[row] for row in rows],
        [pairs.texts[n] for n in texts],
        [pairs.langs[n] for n in texts],
        np.array([new_row[int(pairs.image_of_caption[n])] for n in texts], np.int64),
    ), rows
