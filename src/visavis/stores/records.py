"""The values that go into a store and come out of it, beside items and hits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self, TypeAlias, get_args

from visavis.errors import QueryError
from visavis.types import Box, Filter, Item, Metadata, Modality, Vectors

OrderKey: TypeAlias = Literal["id", "taken", "added"]
"""What lists of items are ordered by: ids are hashes, so their order is a fair sample."""


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
    keeps its regions. `added` is when the item was added, ISO 8601 in UTC; None for now.
    `marks` is metadata that people have set on the item: see `MarkableStore`; None to keep it.
    """

    item: Item
    vector: Vectors | None
    stamp: Stamp | None = None
    regions: Sequence[Region] = ()
    added: str | None = None
    marks: Metadata | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a list of items; those without the value come last."""

    key: OrderKey = "id"
    descending: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an order such as `taken`, or `-taken` for the newest first; raises QueryError."""
        key = text.removeprefix("-")
        if key not in get_args(OrderKey):
            known = ", ".join(f"{each}, -{each}" for each in get_args(OrderKey))
            raise QueryError(f"order {text!r}: known are {known}")
        return cls(key, text.startswith("-"))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in an ordered list: after the item with this value, and this number in its store.

    The number decides between equal values. -1 stands for the border between the smaller values
    and the others, which begin with `value` itself.
    """

    value: str | None
    number: int = -1


@dataclass(frozen=True, slots=True)
class Listed:
    """An item in an ordered list, and its place there."""

    item: Item
    place: Place


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


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a search ranks: the k best of a modality that meet a filter, by regions or not."""

    k: int
    modality: Modality
    where: Filter
    regions: bool
