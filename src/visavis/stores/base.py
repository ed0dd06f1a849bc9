"""What every engine that keeps and ranks vectors promises."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from visavis.errors import VisavisError
from visavis.moments import Moments
from visavis.types import Box, Filter, Hit, Item, Modality, Vectors


@dataclass(frozen=True, slots=True)
class Stamp:
    """Size in bytes and time of last change of a file: equal stamps mean it need not be read."""

    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class SourceState:
    """What a store knows of one source: the item it holds, its stamp, whether it is there.

    `stamp` is None for what is not a file; `missing` is set when a file has vanished.
    """

    id: str
    stamp: Stamp | None = None
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """A part of an image, in pixels of the upright image, with its unit vector (dim,)."""

    box: Box
    vector: Vectors


@dataclass(frozen=True, slots=True)
class Record:
    """An item at its source, its unit vector of shape (dim,) and the stamp of its file.

    Without a vector the item must be known already, and keeps the vector it has; without
    regions it keeps those it has.
    """

    item: Item
    vector: Vectors | None
    stamp: Stamp | None = None
    regions: Sequence[Region] = ()


@dataclass(frozen=True, slots=True)
class Stats:
    """What a store holds: items that can be found, sources, and which of those are missing."""

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
    """Parts of images that have vectors of their own."""


class Move(Protocol):
    """A collection on its way to another model, whose vectors wait beside the old ones.

    It may be interrupted at any time, and is gone on with by asking for the same move again.
    Searches see the old vectors until it is finished, and the new ones after; whoever has the
    store open then gets a CollectionError that says so.
    """

    def done(self) -> set[str]:
        """Return the ids of the items whose new vectors are there already."""

    def put(self, records: Iterable[Record]) -> None:
        """Keep new vectors with their regions in one transaction; skip unknown items."""

    def finish(self, without: Collection[str]) -> bool:
        """Put the new vectors in place of the old ones, in one step.

        The items `without` new vectors stay, but their sources are marked as missing. Nothing
        happens, and False is returned, if other items lack theirs: some may be new.
        """


class VectorStore(Protocol):
    """Items, their vectors and where they came from; the same for every engine.

    An item is its content, with one vector; a source is a place where that content was found,
    with the metadata of that place. Several sources may share one item. A search considers
    sources that are not missing and meet the filter, and a hit names the first of them in
    alphabetical order. Items whose sources are all missing are kept but never found.

    One store may serve several threads. Text and metadata values are compared as they are,
    except by `~`: see `visavis.stores.filters`.
    """

    @property
    def model_id(self) -> str:
        """Id of the only model whose vectors may be in here."""

    @property
    def dim(self) -> int:
        """Length of the vectors."""

    @property
    def generation(self) -> int:
        """A number that grows with every change, so that caches know when they are stale."""

    def upsert(self, records: Iterable[Record]) -> None:
        """Add items and sources, or replace those there are, in one transaction.

        A source that held another item now holds this one, and is no longer missing.
        """

    def mark_missing(self, sources: Sequence[str], *, missing: bool = True) -> None:
        """Say that sources have vanished, or that they are back."""

    def forget(self, sources: Sequence[str]) -> int:
        """Remove sources, then all items that no source holds any more; return how many items."""

    def delete(self, ids: Sequence[str]) -> int:
        """Remove items with their sources; return how many were there."""

    def sources(self) -> dict[str, SourceState]:
        """Return every source, missing ones included."""

    def ids_at(self, sources: Sequence[str]) -> dict[str, str]:
        """Return the id of the item at each of these sources that is known."""

    def get(self, ids: Sequence[str]) -> list[Item]:
        """Return the items that exist, missing ones included, in the order asked."""

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """Return the vectors of items: (n, dim). Raises CollectionError if one is unknown."""

    def moments(self, modality: Modality, *, regions: bool = False) -> Moments:
        """Return the moments of the vectors that a search of this kind ranks.

        With `regions` these are the vectors of all regions and full images. Errors as in
        `search`.
        """

    def count(self, modality: Modality | None = None, where: Filter = ()) -> int:
        """Count the items that can be found."""

    def with_regions(self) -> set[str]:
        """Return the ids of the items that have regions."""

    def without_vectors(self) -> set[str]:
        """Return the ids of the items that a move to another model left without a vector."""

    def move(self, model_id: str, dim: int) -> Move:
        """Begin to move to another model, or go on with such a move; another one is given up."""

    def search(
        self,
        vectors: Vectors,
        k: int,
        modality: Modality | None = None,
        where: Filter = (),
        *,
        regions: bool = False,
    ) -> list[list[Hit]]:
        """Return for each query vector (n, dim) the k most similar items, best first.

        With `regions` an image counts as the most similar of its regions and its whole, and
        the hit's box says which; on a tie the whole. Raises CollectionError if there are no
        regions.

        Scores are rounded to six decimals and ties broken by id, so that a search gives the
        same answer every time. Raises QueryError for vectors of another dimension or with
        NaN, and for k < 1.
        """

    def stats(self) -> Stats:
        """Count what is there."""

    def close(self) -> None:
        """Release files and connections."""


class Engine(Protocol):
    """A kind of store: how to make one and how to come back to it."""

    def exists(self, location: str) -> bool:
        """Tell whether a collection is at `location`."""

    def open(self, location: str) -> VectorStore:
        """Open the collection at `location`; raises CollectionError."""

    def create(self, location: str, model_id: str, dim: int) -> VectorStore:
        """Make an empty collection at `location`; raises CollectionError if there is one."""


def check_vectors(vectors: Vectors, dim: int, error: type[VisavisError]) -> Vectors:
    """Return vectors as float32 rows, or raise `error` for a wrong shape or NaN."""
    rows = np.asarray(vectors, np.float32)
    if rows.ndim != 2 or rows.shape[1] != dim:  # noqa: PLR2004
        raise error(f"vectors of shape {rows.shape}: this collection takes (n, {dim})")
    if not np.isfinite(rows).all():
        raise error("vectors must be finite; one holds NaN or infinity")
    return rows
