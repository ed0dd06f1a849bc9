"""A collection in a folder: one SQLite file is the truth, what lies beside it is derived.

    FOLDER/collection.sqlite        items, vectors, sources, the model's id
    FOLDER/cache/image.vectors      the vectors of all findable images; text.vectors
    FOLDER/cache/image.moments      their moments
    FOLDER/cache/image.cells        an approximate index of them, if it was asked for

The file alone, under any other name and in any other place, can be searched as well, but not
changed: what `backup` writes is made for that.

Many processes may read while one writes; writers wait for each other.
"""

from __future__ import annotations

import glob
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import get_args

from visavis.errors import CollectionError
from visavis.moments import Moments
from visavis.stores.abilities import ApproximateStore, MigratableStore
from visavis.stores.approximate import Approximate
from visavis.stores.base import unsupported
from visavis.stores.changes import forget_before, note_position
from visavis.stores.database import Database, is_there
from visavis.stores.migration import SQLiteMigration
from visavis.stores.ranking import MOST, Ranker
from visavis.stores.reading import drop_damaged
from visavis.stores.records import CacheState, IndexState, Ranking, SourceState, Stats
from visavis.stores.sqlite_items import SQLiteItems
from visavis.types import Filter, Hits, Modality, Vectors

FILE = "collection.sqlite"
PATIENCE = 10.0
"""Seconds to wait for another process that writes."""


class SQLiteStore(SQLiteItems, MigratableStore, ApproximateStore):
    """Items and vectors in one SQLite file, ranked exactly or by an index beside it."""

    least = 100_000

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        cache = Path(self.location) / "cache"
        self._approximate = Approximate(cache, self.dim)
        self._ranker = Ranker(self._derived, self._approximate)

    @classmethod
    def exists(cls, location: str) -> bool:
        """Tell whether there is a collection at a path; raises CollectionError if hidden."""
        file = _file(location)
        return is_there(file) and file.stat().st_size > 0

    @classmethod
    def open(cls, location: str, *, patience: float = PATIENCE) -> SQLiteStore:
        """Open the collection in a folder, or in one file; raises CollectionError."""
        file = _file(location)
        return cls(Database.open(file, patience, read_only=file.name != FILE))

    @classmethod
    def create(
        cls, location: str, model_id: str, dim: int, *, patience: float = PATIENCE
    ) -> SQLiteStore:
        """Make an empty collection in a folder; raises CollectionError if there is one."""
        meta: dict[str, str | int] = {"model_id": model_id, "dim": dim}
        return cls(Database.create(Path(location, FILE), meta, patience))

    def size(self, modality: Modality) -> int:
        """Count the items that a search without a filter ranks: rows of the matrix or the index."""
        with self._database.reading() as database:
            return self._check_ranked(database, Ranking(1, modality, (), regions=False)) or sum(
                each.count for each in self._derived.layers(database, modality)
            )

    def migrate(self, model_id: str, dim: int) -> SQLiteMigration:
        """Begin to migrate to another model, or resume; a migration elsewhere is given up."""
        return SQLiteMigration(self._database, model_id, dim)

    def current(self) -> SQLiteStore:
        """Return the store for the present vectors: itself, or another after a migration."""
        is_current = self._database.meta()["model_id"] == self.model_id
        return self if is_current else SQLiteStore(self._database)

    def _moments(self, modality: Modality, *, regions: bool) -> Moments:
        with self._database.reading() as database:
            about = self._check_ranked(database, Ranking(1, modality, (), regions))
            return self._derived.moments(database, modality, regions=regions, about=about or 0)

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
        with self._database.reading() as database:
            found = []
            for each in (modality,) if modality else get_args(Modality):
                ranking = Ranking(k, each, where, regions and each == "image")
                indexed = self._check_ranked(database, ranking)
                is_large = indexed is not None and indexed >= self.least
                by_index = is_large and not exact and k <= MOST
                rank = self._ranker.nearly if by_index else self._ranker.exactly
                found.append(rank(database, queries, ranking))
            return [Hits.merged(parts, k) for parts in zip(*found, strict=True)]

    def _check_ranked(self, database: sqlite3.Connection, ranking: Ranking) -> int | None:
        """Return about how many vectors an index may rank; raises CollectionError."""
        self._check_model(database)
        if ranking.regions:
            self._check_regions(database, ranking.modality)
            return None
        return self._approximate.size(database, ranking.modality)

    def build_index(self, modality: Modality, *, regions: bool = False) -> None:
        """Write an index of a modality's vectors, or bring it up to date; regions have none."""
        if regions:
            raise unsupported(self, "compares all regions; PostgreSQL has an index of them")
        with self._database.staging() as database:
            position = note_position(database)
        with self._database.reading() as database:
            self._check_model(database)
            self._approximate.build(database, modality, position)
        with self._database.staging() as database:
            forget_before(database, self._approximate.positions())

    def drop_index(self, modality: Modality, *, regions: bool = False) -> None:
        """Remove an index, if there is one."""
        if not regions:
            self._approximate.drop(modality)

    def index_state(self, modality: Modality, *, regions: bool = False) -> IndexState | None:
        """Describe an index; None if there is none that can be used."""
        with self._database.reading() as database:
            state = None if regions else self._approximate.state(database, modality)
        return state and IndexState("cells, 8 bits", *state)

    def has_older_index(self, modality: Modality) -> bool:
        """Tell whether the only index is a graph of an earlier version, which is not used."""
        return self._approximate.is_of_earlier_version(modality)

    def _check_regions(self, database: sqlite3.Connection, modality: Modality) -> None:
        layers = self._derived.layers(database, modality, regions=True)
        if any(each.count for each in layers) and not any(each.has_regions for each in layers):
            raise CollectionError(
                f"{self.location}: no regions here; index it again with --regions"
            )

    def stats(self) -> Stats:
        """Count what is there."""
        meta = self._database.meta()
        with self._database.reading() as database:
            sources, missing = database.execute(
                "SELECT count(*), coalesce(sum(missing), 0) FROM sources"
            ).fetchone()
            (regions,) = database.execute("SELECT count(*) FROM vectors WHERE box != ''").fetchone()
        file = self._database.file
        files = [*file.parent.glob(f"{glob.escape(file.name)}*")]
        files += [] if self._database.read_only else file.parent.glob("cache/*")
        return Stats(
            images=self.count("image"),
            texts=self.count("text"),
            sources=sources,
            missing=missing,
            model_id=self.model_id,
            dim=self.dim,
            bytes=sum(map(_bytes, files)),
            changed=meta["changed"],
            regions=regions,
        )

    def check(self, *, thorough: bool = False) -> None:
        """Go through all pages of the file; raises DamagedError if one is damaged.

        A `thorough` check also compares tables with their indexes, and rows with each other.
        """
        self._database.check(thorough=thorough)

    def drop_damaged(self) -> dict[str, SourceState]:
        """Remove vectors that reading has found damaged; return the states of their sources."""
        if not self._database.is_suspect:
            return {}
        with self._database.writing() as database:
            states = drop_damaged(database, self._database.reading_column, self.dim)
        self._database.clear_suspicion()
        return states

    def caches(self) -> dict[str, CacheState]:
        """Return the state of each derived file; those of the present state are made again."""
        with self._database.reading() as database:
            return self._derived.states(database) | self._approximate.states(database)

    def backup(self, file: Path) -> None:
        """Write all of the collection, as it is now, into one file that can be searched.

        Other processes may write meanwhile. The file appears when it is complete, and replaces
        one that is there. Raises CollectionError.
        """
        self._database.backup(file)

    def close(self) -> None:
        """Release the file."""
        self._database.close()


def _bytes(file: Path) -> int:
    """Return the size of a file; 0 if it has just gone, as files of another process do."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _file(location: str) -> Path:
    """Return the file of a collection: in a folder, or the one at that path."""
    path = Path(location)
    with suppress(OSError):  # the second try names what may not be looked at
        if path.is_file():
            return path
    return path / FILE
