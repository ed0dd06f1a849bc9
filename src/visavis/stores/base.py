"""What every engine that keeps and ranks vectors promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from visavis.types import Filter, Hit, Item, Modality, Vectors


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
class Record:
    """An item to be kept, its unit vector of shape (dim,) and the stamp of its file."""

    item: Item
    vector: Vectors
    stamp: Stamp | None = None


class VectorStore(Protocol):
    """Items, their vectors and where they came from; the same for every engine.

    An item is its content; a source is a place where that content was found. Several sources
    may share one item. Hits name the item's first source that is not missing; items whose
    sources are all missing are kept but never found.
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
        """Add items, or replace those with the same id, in one transaction."""

    def update_sources(self, states: Mapping[str, SourceState]) -> None:
        """Set what is known of sources whose items are here already, in one transaction."""

    def sources(self) -> dict[str, SourceState]:
        """Return every source, missing ones included."""

    def delete(self, ids: Sequence[str]) -> int:
        """Remove items with their sources; return how many were there."""

    def get(self, ids: Sequence[str]) -> list[Item]:
        """Return the items that exist, in the order asked."""

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """Return the vectors of items that must exist: (n, dim)."""

    def count(self, modality: Modality | None = None, where: Filter = ()) -> int:
        """Count the items that can be found."""

    def search(
        self, vectors: Vectors, k: int, modality: Modality | None = None, where: Filter = ()
    ) -> list[list[Hit]]:
        """Return for each query vector the k most similar items, best first.

        Ties are broken by id, so that a search gives the same answer every time.
        """

    def close(self) -> None:
        """Release files and connections."""
