"""The contract of every engine that keeps and ranks vectors."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import isfinite
from typing import Self

import numpy as np

from visavis.errors import CollectionError, QueryError, VisavisError
from visavis.moments import Moments
from visavis.stores.records import (
    CacheState,
    Record,
    SourceState,
    Stats,
)
from visavis.types import Filter, Hits, Item, Modality, Vectors

PAGE = 1000
"""Sources or ids in a page by default."""


class VectorStore(ABC):
    """Items, their vectors and sources, at a location: a folder or a URL.

    An item is its content, with one vector; a source is a place where that content was found,
    with its own metadata. Several sources may share one item. A search considers sources that
    are not missing and meet the filter, and a hit names the first of them in the order of code
    points. An item whose sources are all missing is kept, but not findable.

    One store may serve several threads. Metadata values are compared as they are, except by
    `~`: see `visavis.types.Condition`. Every method raises CollectionError if the store is closed,
    or cannot be read or written.

    The public methods here check their arguments; an engine implements the abstract ones. One that
    can do more derives from `RegionStore`, or from a class of `visavis.stores.abilities`.
    """

    def __init__(self, location: str, model_id: str, dim: int) -> None:
        self.location = location
        self.model_id = model_id
        """Id of the only model whose vectors may be in here."""
        self.dim = dim
        """Length of the vectors."""

    @classmethod
    @abstractmethod
    def exists(cls, location: str) -> bool:
        """Tell whether there is a store at a location; raises CollectionError if hidden."""

    @classmethod
    @abstractmethod
    def open(cls, location: str) -> Self:
        """Open the store at a location; raises CollectionError."""

    @classmethod
    @abstractmethod
    def create(cls, location: str, model_id: str, dim: int) -> Self:
        """Make an empty store at a location; raises CollectionError if there is one."""

    @property
    @abstractmethod
    def generation(self) -> int:
        """A number that grows with every change, so that caches know when they are stale."""

    def upsert(self, records: Iterable[Record]) -> None:
        """Add items and sources, or replace them, in one transaction.

        A source that held another item now holds this one, and is no longer missing. Raises
        CollectionError for a vector of another length or with NaN, a new item without a vector,
        and metadata that JSON cannot hold.
        """
        self._upsert(self._checked(record) for record in records)

    @abstractmethod
    def mark_missing(self, sources: Sequence[str], *, missing: bool = True) -> None:
        """Mark sources as vanished, or as back again."""

    @abstractmethod
    def forget(self, sources: Sequence[str]) -> int:
        """Remove sources, then all items without a source; return how many items."""

    @abstractmethod
    def delete(self, ids: Sequence[str]) -> int:
        """Remove items with their sources; return how many there were."""

    def get(self, ids: Sequence[str]) -> list[Item]:
        """Return the items that exist, missing ones included, in the order asked.

        The source of each is its first that is not missing, if there is one.
        """
        items = self._get(ids)
        return [items[name] for name in ids if name in items]

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """Return the vectors of items: (n, dim). Raises CollectionError for an unknown id."""
        vectors = self._vectors(ids)
        if unknown := [name for name in ids if name not in vectors]:
            raise CollectionError(f"{self.location}: no item {unknown[0]}")
        return np.stack([vectors[name] for name in ids]) if ids else np.empty((0, self.dim), "f4")

    @abstractmethod
    def encoded(self, ids: Sequence[str]) -> set[str]:
        """Return those of the ids whose items have a vector."""

    @abstractmethod
    def states(self, sources: Sequence[str]) -> dict[str, SourceState]:
        """Return the states of those of the sources that are known."""

    @abstractmethod
    def sources(self, after: str = "", limit: int = PAGE) -> dict[str, SourceState]:
        """Return a page of sources, missing ones included: the next `limit` after `after`.

        Sources are in the order of their code points; an empty page is the end.
        """

    def iter_sources(self, prefix: str = "") -> Iterator[tuple[str, SourceState]]:
        """Iterate over all sources, or over those that continue a prefix, page by page."""
        if prefix.encode(errors="ignore").decode() != prefix:
            return  # half a character: every source is valid Unicode
        page = self.sources(after=prefix)
        while page:
            for source, state in page.items():
                if not source.startswith(prefix):
                    return
                yield source, state
            page = self.sources(after=next(reversed(page)))

    @abstractmethod
    def records(self, sources: Sequence[str]) -> list[Record]:
        """Return the complete records of those of the sources that are known, in any order.

        Each has the metadata and stamp of its source, the vector of its item and its regions.
        Raises DamagedError if one of them cannot be read.
        """

    @abstractmethod
    def ids(
        self, modality: Modality | None = None, after: str = "", limit: int = PAGE
    ) -> list[str]:
        """Return a page of ids of findable items, in the order of their code points."""

    @abstractmethod
    def count(self, modality: Modality | None = None, where: Filter = ()) -> int:
        """Count the findable items that meet the filter."""

    def size(self, modality: Modality) -> int:
        """Count the items that a search without a filter ranks; an engine may know it faster."""
        return self.count(modality)

    @abstractmethod
    def metadata_types(self, modality: Modality | None = None) -> dict[str, set[str]]:
        """Return the keys of the metadata of findable items, each with the types of its values.

        Types are "number", "text" (also for `true` and `false`) and "other". This may take as
        long as reading all metadata: it is asked only when a filter has found nothing.
        """

    def moments(self, modality: Modality, *, regions: bool = False) -> Moments:
        """Return the moments of the vectors that a search of this sort ranks.

        With `regions` these are the vectors of all regions and full images. Kept until the
        generation changes. Raises CollectionError as `search` does.
        """
        return self._moments(modality, regions=self._with_regions(modality, asked=regions))

    def search(
        self,
        vectors: Vectors,
        k: int,
        modality: Modality | None = None,
        where: Filter = (),
        *,
        regions: bool = False,
        exact: bool = False,
    ) -> list[Hits]:
        """Return for each query vector (n, dim) the k most similar items, best first.

        With `exact` every vector is compared, also where there is an approximate index.

        With `regions` an image counts as the most similar of its regions and its full image, and
        the hit's box says which; on a tie the full image. Raises CollectionError if there are
        no regions.

        Scores are inner products rounded to six decimals, and ties are broken by id, so that a
        search gives the same answer every time. Raises QueryError for vectors of another length
        or with NaN, and for k < 1.
        """
        if k < 1:
            raise QueryError(f"k is {k}; ask for at least 1 result")
        queries = check_vectors(vectors, self.dim, QueryError)
        regions = self._with_regions(modality, asked=regions)
        return self._search(queries, k, modality, where, regions=regions, exact=exact)

    @abstractmethod
    def stats(self) -> Stats:
        """Count what is there."""

    def check(self, *, thorough: bool = False) -> None:  # noqa: B027 - a server checks itself
        """Look for damage where that takes no longer than reading everything once.

        A `thorough` check may take longer. Raises DamagedError. A server that checks its own pages
        has nothing to do here.
        """

    def drop_damaged(self) -> dict[str, SourceState]:
        """Remove vectors that reading has found damaged; return the states of their sources.

        Their items stay, without a vector. This costs nothing unless damage has been found.
        """
        return {}

    def caches(self) -> dict[str, CacheState]:
        """Return the state of each file that is derived from the store, by its path."""
        return {}

    @abstractmethod
    def close(self) -> None:
        """Release files and connections; closing twice is fine."""

    @abstractmethod
    def _upsert(self, records: Iterable[Record]) -> None: ...

    @abstractmethod
    def _get(self, ids: Sequence[str]) -> dict[str, Item]: ...

    @abstractmethod
    def _vectors(self, ids: Sequence[str]) -> dict[str, Vectors]: ...

    @abstractmethod
    def _moments(self, modality: Modality, *, regions: bool) -> Moments: ...

    @abstractmethod
    def _search(
        self,
        queries: Vectors,
        k: int,
        modality: Modality | None,
        where: Filter,
        *,
        regions: bool,
        exact: bool,
    ) -> list[Hits]: ...

    def _with_regions(self, modality: Modality | None, *, asked: bool) -> bool:
        """Tell whether to look at regions: texts have none, and not every engine keeps any."""
        if asked and not isinstance(self, RegionStore):
            raise unsupported(self, "keeps no regions")
        return asked and modality != "text"

    def _checked(self, record: Record) -> Record:
        source, regions = record.item.source, record.regions
        if regions and not isinstance(self, RegionStore):
            raise unsupported(self, "keeps no regions")
        for region in regions:
            check_vectors(region.vector[np.newaxis], self.dim, CollectionError)
        content = [source, record.item.text, dict(record.item.metadata)]
        try:
            json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError) as error:
            raise CollectionError(f"{source!a}: cannot be kept as JSON ({error})") from None
        if record.vector is None:
            return record
        (vector,) = check_vectors(record.vector[np.newaxis], self.dim, CollectionError)
        return replace(record, vector=vector)


class RegionStore(VectorStore):
    """A store whose images may have regions, each with a vector of its own."""

    @abstractmethod
    def with_regions(self, ids: Sequence[str]) -> set[str]:
        """Return those of the ids whose items have regions."""


def unsupported(store: VectorStore, lack: str) -> CollectionError:
    """Return the error for an ability that an engine lacks, such as "keeps no regions"."""
    return CollectionError(f"{store.location}: {type(store).__name__} {lack}")


def check_vectors(vectors: Vectors, dim: int, error: type[VisavisError]) -> Vectors:
    """Return vectors as float32 rows, or raise `error` for a wrong shape or NaN."""
    rows = np.asarray(vectors, np.float32)
    if rows.ndim != 2 or rows.shape[1] != dim:  # noqa: PLR2004
        raise error(f"vectors of shape {rows.shape}: this collection takes (n, {dim})")
    # The product is finite unless a value is not, or it overflows; it takes a third of the time.
    if not isfinite(np.vdot(rows, rows)) and not np.isfinite(rows).all():
        raise error("vectors must be finite; one holds NaN or infinity")
    return rows
