"""A collection in PostgreSQL, ranked by pgvector."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from visavis.errors import CollectionError
from visavis.moments import Moments
from visavis.stores.abilities import (
    ApproximateStore,
    Change,
    MigratableStore,
)
from visavis.stores.base import PAGE
from visavis.stores.following import Bookmark, ChangeLog, Changes
from visavis.stores.postgresql.connection import Database
from visavis.stores.postgresql.findable import items_of, note_findable
from visavis.stores.postgresql.hnsw import build_index, drop_index, index_state
from visavis.stores.postgresql.listing import Listing
from visavis.stores.postgresql.migration import PostgreSQLMigration
from visavis.stores.postgresql.moments import compute_moments, keep_moments, read_moments
from visavis.stores.postgresql.ranking import PostgreSQLRanking
from visavis.stores.postgresql.reading import (
    count_all,
    count_items,
    count_ranked,
    ids_with_vectors,
    modalities,
    read_ids,
    read_items,
    read_metadata_types,
    read_records,
    read_states,
    read_vectors,
)
from visavis.stores.postgresql.schema import VERSION, check_version
from visavis.stores.postgresql.searching import Searcher
from visavis.stores.postgresql.setup import (
    check_tables,
    create_tables,
    has_tables,
    upgrade_tables,
)
from visavis.stores.postgresql.writing import batches, mark, put
from visavis.stores.records import (
    IndexState,
    Listed,
    Order,
    OrderKey,
    Place,
    Record,
    SourceState,
    Stats,
)
from visavis.stores.sql_store import SQLStore
from visavis.types import Filter, Hits, Item, Modality, Vectors

if TYPE_CHECKING:
    from psycopg import Connection

_NO_REGIONS = """SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM vectors WHERE box != '')
    AND EXISTS (SELECT 1 FROM items WHERE modality = 'image')"""


class PostgreSQLStore(SQLStore, MigratableStore, ApproximateStore):
    """Items and vectors in the tables of one schema, ranked by the server.

    Many processes on many machines may read while one writes; writers wait for each other. A
    role that may only read is enough to search.
    """

    least = 20_000
    _database: Database

    def __init__(self, database: Database) -> None:
        meta = database.meta()
        if check_version(meta.get("version", ""), database.shown) < VERSION:
            upgrade_tables(database)
        super().__init__(database, database.shown, meta)
        self._searcher = Searcher(database, self._check_same)
        self._known_moments: dict[str, tuple[int, Moments]] = {}

    @classmethod
    def exists(cls, location: str) -> bool:
        """Tell whether there is a collection; raises CollectionError if no server answers."""
        database = Database(location)
        try:
            return database.read(lambda connection: has_tables(connection, database))
        finally:
            database.close()

    @classmethod
    def open(cls, location: str) -> PostgreSQLStore:
        """Open the collection at a URL; raises CollectionError."""
        database = Database(location)
        try:
            database.read(lambda connection: check_tables(connection, database))
            return cls(database)
        except BaseException:
            database.close()
            raise

    @classmethod
    def create(cls, location: str, model_id: str, dim: int) -> PostgreSQLStore:
        """Make an empty collection at a URL; raises CollectionError if there is one."""
        database = Database(location)
        try:
            with database.staging() as connection:
                create_tables(connection, database, model_id, dim)
        finally:
            database.close()
        return cls.open(location)

    def _put(self, connection: Connection[Any], records: Iterable[Record]) -> None:
        for batch in batches(records):
            put(connection, batch)

    def mark_missing(self, sources: Sequence[str], *, missing: bool = True) -> None:
        """Mark sources as vanished, or as back again."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE sources SET missing = %s WHERE source = ANY(%s) AND missing != %s",
                (missing, list(sources), missing),
            )
            note_findable(connection, items_of(connection, sources))

    def forget(self, sources: Sequence[str]) -> int:
        """Remove sources, then all items without a source; return how many items."""
        with self._database.writing() as connection:
            items = items_of(connection, sources)
            connection.execute("DELETE FROM sources WHERE source = ANY(%s)", (list(sources),))
            note_findable(connection, items)
            return connection.execute(
                """DELETE FROM items i
                WHERE NOT EXISTS (SELECT 1 FROM sources s WHERE s.item = i.row)"""
            ).rowcount

    def delete(self, ids: Sequence[str]) -> int:
        """Remove items with their sources; return how many there were."""
        with self._database.writing() as connection:
            return connection.execute("DELETE FROM items WHERE id = ANY(%s)", (list(ids),)).rowcount

    def states(self, sources: Sequence[str]) -> dict[str, SourceState]:
        """Return the states of those of the sources that are known."""
        return self._states("s.source = ANY(%s)", list(sources))

    def sources(self, after: str = "", limit: int = PAGE) -> dict[str, SourceState]:
        """Return a page of sources, missing ones included: the next `limit` after `after`."""
        return self._states("s.source > %s ORDER BY s.source LIMIT %s", after, limit)

    def _states(self, chosen: str, *parameters: Any) -> dict[str, SourceState]:
        return self._database.read(lambda connection: read_states(connection, chosen, parameters))

    def records(self, sources: Sequence[str]) -> list[Record]:
        """Return the complete records of those of the sources that are known."""

        def read(connection: Connection[Any]) -> list[Record]:
            self._check_model(connection)
            return read_records(connection, sources)

        return self._database.read(read)

    def ids(
        self, modality: Modality | None = None, after: str = "", limit: int = PAGE
    ) -> list[str]:
        """Return a page of ids of findable items, in the order of their code points."""
        return self._database.read(lambda connection: read_ids(connection, modality, after, limit))

    def _get(self, ids: Sequence[str]) -> dict[str, Item]:
        return self._database.read(lambda connection: read_items(connection, ids))

    def _vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        def read(connection: Connection[Any]) -> dict[str, Vectors]:
            self._check_model(connection)
            return read_vectors(connection, ids)

        return self._database.read(read)

    def encoded(self, ids: Sequence[str]) -> set[str]:
        """Return those of the ids whose items have a vector."""
        return self._database.read(
            lambda connection: ids_with_vectors(connection, ids, "v.box = ''")
        )

    def with_regions(self, ids: Sequence[str]) -> set[str]:
        """Return those of the ids whose items have regions."""
        return self._database.read(
            lambda connection: ids_with_vectors(connection, ids, "v.box != ''")
        )

    def count(self, modality: Modality | None = None, where: Filter = ()) -> int:
        """Count the findable items that meet the filter."""
        return self._database.read(lambda connection: count_items(connection, modality, where))

    def size(self, modality: Modality) -> int:
        """Count the items that a search without a filter ranks, without a look at sources."""
        return self._database.read(lambda connection: count_ranked(connection, modality))

    def metadata_types(self, modality: Modality | None = None) -> dict[str, set[str]]:
        """Return the keys of the metadata of findable items, each with the types of its values."""
        return self._database.read(lambda connection: read_metadata_types(connection, modality))

    def listed(
        self,
        order: Order,
        after: Place | None = None,
        limit: int = PAGE,
        modality: Modality | None = None,
        where: Filter = (),
    ) -> list[Listed]:
        """Return a page of items: the next `limit` after a place."""
        listing = Listing(order.key, modalities(modality), where)
        return self._database.read(lambda connection: listing.page(connection, order, after, limit))

    def months(
        self, key: OrderKey, modality: Modality | None = None, where: Filter = ()
    ) -> dict[str, int]:
        """Count items by the month of a date; those without are counted under "", last."""
        return self._database.read(Listing(key, modalities(modality), where).months)

    def _mark(self, ids: Sequence[str], change: Change) -> int:
        with self._database.writing() as connection:
            return mark(connection, ids, change)

    def changes(self, after: Bookmark | None = None, limit: int = PAGE) -> Changes:
        """Return the next changes after a bookmark; without one, all items as added."""

        def read(connection: Connection[Any]) -> Changes:
            log = ChangeLog(connection.execute, partial(read_items, connection), "%s")
            return log.follow(after, limit)

        return self._database.read(read)

    def migrate(self, model_id: str, dim: int) -> PostgreSQLMigration:
        """Begin to migrate to another model, or resume; a migration elsewhere is given up."""
        return PostgreSQLMigration(self._database, model_id, dim)

    def current(self) -> PostgreSQLStore:
        """Return the store for the present vectors: itself, or another after a migration."""
        is_current = self._database.meta()["model_id"] == self.model_id
        return self if is_current else PostgreSQLStore(self._database)

    def _moments(self, modality: Modality, *, regions: bool) -> Moments:
        name = f"{modality}-regions" if regions else modality

        self._check_regions(regions=regions)
        meta = self._database.meta()
        self._check_same(meta["model_id"])
        generation = int(meta["generation"])
        held, found = self._known_moments.get(name, (None, None))
        if held == generation and found:
            return found
        found = self._database.read(lambda connection: read_moments(connection, name, generation))
        if found is None:
            found = self._database.read(
                lambda connection: compute_moments(connection, modality, self.dim, regions=regions)
            )
            with suppress(CollectionError):  # a role that may only read computes them each time
                self._database.stage(
                    lambda connection: keep_moments(connection, name, generation, found)
                )
        self._known_moments[name] = generation, found
        return found

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
        self._check_regions(regions=regions)
        rankings = [
            PostgreSQLRanking(k, each, where, regions and each == "image")
            for each in ([modality] if modality else get_args(Modality))
        ]
        least = None if exact else self.least
        found = [
            [self._searcher.search(ranking, query, least) for ranking in rankings]
            for query in queries
        ]
        return [parts[0] if modality else Hits.merged(parts, k) for parts in found]

    def build_index(self, modality: Modality, *, regions: bool = False) -> None:
        """Build the index of what a search of this sort ranks; others may write meanwhile."""
        count = self.stats().regions if regions else 0
        count += self.count(modality)
        with self._database.maintaining() as connection:
            build_index(connection, modality, self.dim, count, regions=regions)

    def drop_index(self, modality: Modality, *, regions: bool = False) -> None:
        """Remove an index, if there is one."""
        with self._database.maintaining() as connection:
            drop_index(connection, modality, regions=regions)

    def index_state(self, modality: Modality, *, regions: bool = False) -> IndexState | None:
        """Describe an index; None if there is none that can be used."""
        return self._database.read(
            lambda connection: index_state(connection, modality, regions=regions)
        )

    def _check_regions(self, *, regions: bool) -> None:
        if regions and self._database.ask(_NO_REGIONS, prepare=True):
            raise CollectionError(
                f"{self.location}: no regions here; index it again with --regions"
            )

    def stats(self) -> Stats:
        """Count what is there."""
        meta = self._database.meta()
        sources, missing, regions, size = self._database.read(count_all)
        return Stats(
            images=self.count("image"),
            texts=self.count("text"),
            sources=sources,
            missing=missing,
            model_id=self.model_id,
            dim=self.dim,
            bytes=size,
            changed=meta["changed"],
            regions=regions,
        )

    def close(self) -> None:
        """Close the connections."""
        self._database.close()
