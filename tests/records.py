"""Records for stores, short to write."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from visavis.stores import Record, Region
from visavis.types import Box, Item

DIM = 6


def unit(*values):
    vector = np.zeros(DIM, np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


def image(name, vector=None, /, *, source=None, stamp=None, **metadata):
    return Record(Item(name, "image", source or f"{name}.jpg", None, metadata), vector, stamp)


def caption(name, vector, text, **metadata):
    return Record(Item(name, "text", f"texts.txt#{name}", text, metadata), vector)


def with_regions(name, full, *others, **more):
    """An image whose regions lie side by side, ten pixels wide."""
    regions = [Region(Box(10 * n, 0, 10, 10), vector) for n, vector in enumerate(others)]
    return replace(image(name, full, **more), regions=regions)


def found(store, *args, **kwargs):
    """Return the ids of what a search for `unit(1)` finds."""
    (hits,) = store.search(unit(1)[np.newaxis], *args, **kwargs)
    return [hit.id for hit in hits]
