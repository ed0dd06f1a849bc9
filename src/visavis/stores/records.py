"""The values that go into a store and come out of it, beside items and hits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from visavis.types import Box, Item, Vectors


@dataclass(frozen=True, slots=True)
class Stamp:
    """Size in bytes and time of last change of a file: equal stamps mean it need not be read.

    `reading` is a number for how its metadata were made: with another one, they are out of date,
    though the content is the same. It is 0 in collections of earlier versions.
    """

    size: int
    mtime_ns: int
    reading: int = 0


@dataclass(frozen=True, slots=True)
class SourceState:
    """What a store knows of a source: the id of its item, its stamp, whether it is missing.

    `stamp` is None for what is not a file; `missing` is true once a file has vanished.
    """

    id: str
    stamp: Stamp | None = None
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """A region of an image: its box in pixels of the upright image, its unit vector (dim,)."""

    box: Box
    vector: Vectors


@dataclass(frozen=True, slots=True)
class Record:
    """An item at its source, its unit vector of shape (dim,) and the stamp of its file.

    Without a vector the item must be known already, and keeps its vector; without regions it
    keeps its regions.
    """

    item: Item
    vector: Vectors | None
    stamp: Stamp | None = None
    regions: Sequence[Region] = ()


CacheState: TypeAlias = Literal["current", "stale", "damaged"]
"""Of what is derived: as the store is now, as it once was, or of no use."""


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts of a store: findable images and texts, sources, and how many of those are missing."""

    images: int
    texts: int
    sources: int
    missing: int
    model_id: str
    dim: int
    bytes: int
    changed: str
    """Time of the last change, ISO 8601 in UTC."""
    regions: int
    """Regions of images that have vectors of their own."""


@dataclass(frozen=True, slots=True)
class IndexState:
    """An approximate index: its kind, how many vectors it holds, how many are not in it yet."""

    kind: str
    vectors: int
    pending: int
    bytes: int
