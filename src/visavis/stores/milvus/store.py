"""A collection in Milvus, ranked by its servers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import get_args

import numpy as np

from visavis.errors import CollectionError
from visavis.moments import Moments
from visavis.stores.abilities import ApproximateStore, Change, MarkableStore, MigratableStore
from visavis.stores.base import PAGE, RegionStore
from visavis.stores.conditions import meets
from visavis.stores.milvus.connection import Connection
from visavis.stores.milvus.editing import Edit, edited
from visavis.stores.milvus.entries import SEEN, item_of, state_of
from visavis.stores.milvus.expressions import compile_filter, is_list, quoted
from visavis.stores.milvus.migration import HELD, MilvusMigration
from visavis.stores.milvus.ranking import search
from visavis.stores.milvus.schema import INDEXES, SAMPLE_OF, About
from visavis.stores.milvus.table import Table
from visavis.stores.records import IndexState, Ranking, Record, SourceState, Stats
from visavis.types import Filter, Hits, Item, Modality, Vectors

SAMPLED = 50_000
"""Vectors that moments are computed from: of more, a fair sample."""
_OF_STATE = ("item", "source", "metadata", "stamp", "missing")


class MilvusStore(RegionStore, MarkableStore, MigratableStore, ApproximateStore):
    """Items and vectors as rows of one Milvus collection, to which an alias leads.

    Many processes may search while one writes. There are no transactions: the rows of one call
    are seen at once if they fit into one request, and a process that is killed leaves the requests
    it has sent. Two that write at once must not write the same sources or items.
    """

    least = 20_000

    def __init__(self, table: Table) -> None:
        super().__init__(table.connection.shown, table.about.model_id, table.about.dim)
        self._table, self._connection = table, table.connection
        self._known_moments: dict[str, tuple[int, Moments]] = {}

    @classmethod
    def exists(cls, location: str) -> bool:
        """Tell whether there is a collection; raises CollectionError if no server answers."""
        connection = Connection(location)
        try:
            return bool(connection.call("has_collection", connection.location.name))
        finally:
            connection.close()

    @classmethod
    def open(cls, location: str) -> MilvusStore:
        """Open the collection at a URL; raises CollectionError."""
        connection = Connection(location)
        try:
            return cls(Table.current(connection))
        except BaseException:
            connection.close()
            raise

    @classmethod
    def create(cls, location: str, model_id: str, dim: int) -> MilvusStore:
        """Make an empty collection at a URL; raises CollectionError if there is one."""
        connection = Connection(location)
        try:
            return cls(Table.make(connection, About(model_id, dim)))
        except BaseException:
            connection.close()
            raise

    @property
    def generation(self) -> int:
        """A number that grows with every change."""
        return self._table.state()[0]

    def _upsert(self, records: Iterable[Record]) -> None:
        checked = list(records)

        def edit(work: Edit) -> None:
            for record in checked:
                work.put(record)

        items = [record.item for record in checked]
        sources, ids = [item.source for item in items], [item.id for item in items]
        edited(self._table, edit, sources=sources, ids=ids)

    def mark_missing(self, sources: Sequence[str], *, missing: bool = True) -> None:
        """Mark sources as vanished, or as back again."""
        edited(
            self._table, lambda work: work.mark_missing(sources, missing=missing), sources=sources
        )

    def _mark(self, ids: Sequence[str], change: Change) -> int:
        return edited(self._table, lambda work: work.mark(ids, change), ids=ids)

    def forget(self, sources: Sequence[str]) -> int:
        """Remove sources, then all items without a source; return how many items."""
        orphans = {row["item"] for row in self._table.scan('part == "orphan"', ["item"])}
        return edited(self._table, lambda work: work.forget(sources), sources=sources, ids=orphans)

    def delete(self, ids: Sequence[str]) -> int:
        """Remove items with their sources; return how many there were."""
        return edited(self._table, lambda work: work.delete(ids), ids=ids)

    def states(self, sources: Sequence[str]) -> dict[str, SourceState]:
        """Return the states of those of the sources that are known."""
        rows = self._table.scan_named("source", sources, _OF_STATE, HELD)
        return {row["source"]: state_of(row) for row in rows}

    def sources(self, after: str = "", limit: int = PAGE) -> dict[str, SourceState]:
        """Return a page of sources, missing ones included: the next `limit` after `after`."""
        rows = self._table.first(f"{HELD} and source > {quoted(after)}", _OF_STATE, limit)
        return {row["source"]: state_of(row) for row in rows}

    def records(self, sources: Sequence[str]) -> list[Record]:
        """Return the complete records of those of the sources that are known."""
        wanted = dict.fromkeys(sources)
        ids = {row["item"] for row in self._table.scan_named("source", wanted, ["item"], HELD)}
        entries = self._table.entries(ids, vectors=True)
        return [
            entry.record(name)
            for entry in entries.values()
            for name in entry.sources
            if name in wanted
        ]

    def ids(
        self, modality: Modality | None = None, after: str = "", limit: int = PAGE
    ) -> list[str]:
        """Return a page of ids of findable items, in the order of their code points."""
        return self._table.items(_findable(modality), after, limit)

    def _get(self, ids: Sequence[str]) -> dict[str, Item]:
        entries = self._table.entries(ids, vectors=False)
        return {
            name: entry.item(next(iter(entry.states())))
            for name, entry in entries.items()
            if entry.sources
        }

    def _vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        rows = self._table.scan_named("item", ids, ["item", "vector"], 'box == "" and encoded')
        return {row["item"]: np.array(row["vector"], np.float32) for row in rows}

    def encoded(self, ids: Sequence[str]) -> set[str]:
        """Return those of the ids whose items have a vector."""
        return {row["item"] for row in self._table.scan_named("item", ids, ["item"], "encoded")}

    def with_regions(self, ids: Sequence[str]) -> set[str]:
        """Return those of the ids whose items have regions."""
        return {row["item"] for row in self._table.scan_named("item", ids, ["item"], 'box != ""')}

    def count(self, modality: Modality | None = None, where: Filter = ()) -> int:
        """Count the findable items that meet the filter."""
        expression = compile_filter(where)
        chosen = _findable(modality) + expression.text
        if expression.complete and not any(map(self._table.count, map(is_list, expression.keys))):
            return self._table.count_vectors(chosen)
        rows = self._table.scan(chosen, SEEN)
        return len({row["item"] for row in rows if meets(item_of(row), where)})

    def metadata_types(self, modality: Modality | None = None) -> dict[str, set[str]]:
        """Return the keys of the metadata of findable items, each with the types of its values."""
        types: dict[str, set[str]] = {}
        for row in self._table.scan(_findable(modality), ["metadata"]):
            for key, value in row["metadata"].items():
                types.setdefault(key, set()).add(_type(value))
        return types

    def migrate(self, model_id: str, dim: int) -> MilvusMigration:
        """Begin to migrate to another model, or resume; a migration elsewhere is given up."""
        return MilvusMigration(self._table, model_id, dim)

    def current(self) -> MilvusStore:
        """Return the store for the present vectors: itself, or another after a migration."""
        table = Table.current(self._connection)
        return self if table.name == self._table.name else MilvusStore(table)

    def _moments(self, modality: Modality, *, regions: bool) -> Moments:
        self._check_regions(asked=regions)
        name = f"{modality}-regions" if regions else modality
        generation = self.generation
        known = self._known_moments.get(name)
        if known is None or known[0] != generation:
            known = generation, self._compute_moments(_findable(modality, regions=regions))
            self._known_moments[name] = known
        return known[1]

    def _compute_moments(self, ranked: str) -> Moments:
        count = self._table.count_vectors(ranked)
        share = min(SAMPLE_OF, SAMPLE_OF * SAMPLED // max(count, 1))
        rows = self._table.scan_once(f"{ranked} and sample < {share}", ["vector"])
        vectors = np.array([row["vector"] for row in rows], np.float32).reshape(-1, self.dim)
        found = Moments.of(vectors)
        return Moments(count, found.mean, found.second)

    def _search(
        self,
        queries: Vectors,
        k: int,
        modality: Modality | None,
        where: Filter,
        *,
        regions: bool,
        exact: bool,
    ) -> list[Hits]:
        self._check_regions(asked=regions)
        if not len(queries):
            return []
        rankings = [
            Ranking(k, each, where, regions and each == "image")
            for each in ([modality] if modality else get_args(Modality))
        ]
        found = [search(self._table, queries, ranking, exact=exact) for ranking in rankings]
        return [Hits.merged(parts, k) for parts in zip(*found, strict=True)]

    def _check_regions(self, *, asked: bool) -> None:
        if asked and self._has("image") and not self._has("regions"):
            raise CollectionError(
                f"{self.location}: no regions here; index it again with --regions"
            )

    def _has(self, part: str) -> bool:
        return bool(self._table.first(f"part == {quoted(part)}", ["item"], 1))

    def build_index(self, modality: Modality, *, regions: bool = False) -> None:  # noqa: ARG002
        """Build a graph of all vectors: those of images, texts and regions have one together."""
        self._table.build_index("HNSW")

    def drop_index(self, modality: Modality, *, regions: bool = False) -> None:  # noqa: ARG002
        """Compare all vectors again, of images, texts and regions."""
        self._table.build_index("FLAT")

    def index_state(self, modality: Modality, *, regions: bool = False) -> IndexState | None:
        """Describe an index; None if there is none that can be used."""
        if self._table.index_kind() == "FLAT":
            return None
        count = self._table.count(_findable(modality, regions=regions))
        return IndexState("hnsw", count, 0, count * (self.dim + 2 * INDEXES["HNSW"]["M"]) * 4)

    def stats(self) -> Stats:
        """Count what is there; the bytes are those of the vectors, as Milvus tells no others."""
        table = self._table
        return Stats(
            images=self.count("image"),
            texts=self.count("text"),
            sources=table.count(HELD),
            missing=table.count(f"{HELD} and missing"),
            model_id=self.model_id,
            dim=self.dim,
            bytes=4 * self.dim * table.count("encoded"),
            changed=table.state()[1],
            regions=table.count_vectors('part in ["regions", "orphan"] and box != ""'),
        )

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _findable(modality: Modality | None, *, regions: bool = False) -> str:
    """Return the expression for the rows that a search may rank."""
    parts = [modality] if modality else list(get_args(Modality))
    parts += ["regions"] if regions else []
    return f"part in [{', '.join(map(quoted, parts))}] and findable"


def _type(value: object) -> str:
    if isinstance(value, str | bool):
        return "text"
    return "number" if isinstance(value, int | float) else "other"
