"""A collection in a folder: one SQLite file is the truth, matrices beside it are a cache.

    FOLDER/collection.sqlite        items, vectors, sources, the model's id
    FOLDER/cache/image.vectors      the vectors of all images that can be found; text.vectors

Search is exact. Many processes may read while one writes; writers wait for each other.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from visavis.errors import CollectionError, QueryError
from visavis.moments import Moments
from visavis.stores.base import Record, Region, SourceState, Stamp, Stats, check_vectors
from visavis.stores.database import Database, is_there
from visavis.stores.derived import Derived, pack, unpack
from visavis.stores.filters import compile_filter, register_functions
from visavis.stores.matrix import Match, Matrix
from visavis.stores.moving import SQLiteMove
from visavis.types import Box, Filter, Hit, Item, Modality, Vectors

FILE = "collection.sqlite"
PATIENCE = 10.0
"""Seconds to wait for another process that writes."""

_HOW = "index it again with --regions to find parts of images"

_FINDABLE = "FROM sources s JOIN items i ON i.row = s.item WHERE NOT s.missing"
# With min() the other columns come from the row that holds the least value.
_FIRST_SOURCE = "i.row, i.id, i.modality, i.text, s.source, s.metadata, min(s.missing || s.source)"
_PUT_ITEM = """INSERT INTO items (id, modality, text) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET modality = excluded.modality, text = excluded.text"""
_PUT_VECTOR = """INSERT OR REPLACE INTO vectors (item, vector)
    SELECT row, ? FROM items WHERE id = ?"""
_DROP_REGIONS = """DELETE FROM vectors
    WHERE box != '' AND item = (SELECT row FROM items WHERE id = ?)"""
_PUT_REGION = """INSERT OR REPLACE INTO vectors (item, box, vector)
    SELECT row, ?, ? FROM items WHERE id = ?"""
_PUT_SOURCE = """INSERT OR REPLACE INTO sources (source, item, metadata, size, mtime_ns)
    SELECT ?, row, ?, ?, ? FROM items WHERE id = ?"""


class SQLiteStore:
    """Items and vectors in one SQLite file, ranked exactly."""

    def __init__(self, database: Database) -> None:
        meta = database.meta()
        self._database = database
        self._model_id = meta["model_id"]
        self._dim = int(meta["dim"])
        self._derived = Derived(database.file.parent / "cache", self._dim)
        with database.reading() as connection:
            register_functions(connection)

    @staticmethod
    def exists(location: str) -> bool:
        """Tell whether the folder holds a collection; raises CollectionError if it is hidden."""
        file = Path(location, FILE)
        return is_there(file) and file.stat().st_size > 0

    @classmethod
    def open(cls, location: str, *, patience: float = PATIENCE) -> SQLiteStore:
        """Open the collection in a folder; raises CollectionError."""
        return cls(Database.open(Path(location, FILE), patience))

    @classmethod
    def create(
        cls, location: str, model_id: str, dim: int, *, patience: float = PATIENCE
    ) -> SQLiteStore:
        """Make an empty collection in a folder; raises CollectionError if there is one."""
        meta: dict[str, str | int] = {"model_id": model_id, "dim": dim}
        return cls(Database.create(Path(location, FILE), meta, patience))

    @property
    def model_id(self) -> str:
        """Id of the only model whose vectors may be in here."""
        return self._model_id

    @property
    def dim(self) -> int:
        """Length of the vectors."""
        return self._dim

    @property
    def generation(self) -> int:
        """A number that grows with every change."""
        return int(self._database.meta()["generation"])

    def upsert(self, records: Iterable[Record]) -> None:
        """Add items and sources, or replace those there are, in one transaction."""
        with self._database.writing() as database:
            self._check_model(database)
            for record in records:
                self._put(database, record)

    def _put(self, database: sqlite3.Connection, record: Record) -> None:
        item, stamp = record.item, record.stamp
        if record.vector is not None:
            (vector,) = check_vectors(record.vector[np.newaxis], self.dim, CollectionError)
            database.execute(_PUT_ITEM, (item.id, item.modality, item.text))
            database.execute(_PUT_VECTOR, (pack(vector), item.id))
        if record.regions:
            self._put_regions(database, item.id, record.regions)
        metadata = json.dumps(dict(item.metadata), ensure_ascii=False)
        size, mtime_ns = (stamp.size, stamp.mtime_ns) if stamp else (None, None)
        known = database.execute(_PUT_SOURCE, (item.source, metadata, size, mtime_ns, item.id))
        if not known.rowcount:
            raise CollectionError(f"{item.source}: item {item.id} is new and has no vector")

    def _put_regions(
        self, database: sqlite3.Connection, name: str, regions: Sequence[Region]
    ) -> None:
        vectors = np.stack([region.vector for region in regions])
        check_vectors(vectors, self.dim, CollectionError)
        database.execute(_DROP_REGIONS, (name,))
        database.executemany(
            _PUT_REGION, [(str(each.box), pack(each.vector), name) for each in regions]
        )

    def mark_missing(self, sources: Sequence[str], *, missing: bool = True) -> None:
        """Say that sources have vanished, or that they are back."""
        with self._database.writing() as database:
            database.executemany(
                "UPDATE sources SET missing = ?1 WHERE source = ?2 AND missing != ?1",
                [(missing, source) for source in sources],
            )

    def forget(self, sources: Sequence[str]) -> int:
        """Remove sources, then all items that no source holds any more; return how many items."""
        with self._database.writing() as database:
            database.executemany("DELETE FROM sources WHERE source = ?", [(s,) for s in sources])
            return database.execute(
                "DELETE FROM items WHERE row NOT IN (SELECT item FROM sources)"
            ).rowcount

    def delete(self, ids: Sequence[str]) -> int:
        """Remove items with their sources; return how many were there."""
        with self._database.writing() as database:
            return database.execute(
                "DELETE FROM items WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(ids)),),
            ).rowcount

    def sources(self) -> dict[str, SourceState]:
        """Return every source, missing ones included."""
        with self._database.reading() as database:
            rows = database.execute(
                """SELECT s.source, i.id, s.size, s.mtime_ns, s.missing
                FROM sources s JOIN items i ON i.row = s.item"""
            )
            return {source: _state(*state) for source, *state in rows}

    def ids_at(self, sources: Sequence[str]) -> dict[str, str]:
        """Return the id of the item at each of these sources that is known."""
        with self._database.reading() as database:
            return dict(
                database.execute(
                    """SELECT s.source, i.id FROM sources s JOIN items i ON i.row = s.item
                    WHERE s.source IN (SELECT value FROM json_each(?))""",
                    (json.dumps(list(sources)),),
                )
            )

    def get(self, ids: Sequence[str]) -> list[Item]:
        """Return the items that exist, missing ones included, in the order asked."""
        with self._database.reading() as database:
            rows = database.execute(
                f"""SELECT {_FIRST_SOURCE} FROM items i JOIN sources s ON s.item = i.row
                WHERE i.id IN (SELECT value FROM json_each(?)) GROUP BY i.row""",
                (json.dumps(list(ids)),),
            )
            items = {row[1]: _item(*row) for row in rows}
        return [items[name] for name in ids if name in items]

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """Return the vectors of items: (n, dim). Raises CollectionError if one is unknown."""
        with self._database.reading() as database:
            self._check_model(database)
            found = dict(
                database.execute(
                    """SELECT i.id, v.vector FROM vectors v JOIN items i ON i.row = v.item
                    WHERE v.box = '' AND i.id IN (SELECT value FROM json_each(?))""",
                    (json.dumps(list(ids)),),
                )
            )
        if unknown := [name for name in ids if name not in found]:
            raise CollectionError(f"{self._database.file}: no item {unknown[0]}")
        return unpack([found[name] for name in ids], self.dim)

    def moments(self, modality: Modality, *, regions: bool = False) -> Moments:
        """Return the moments of the vectors that a search of this kind ranks."""
        with self._database.reading() as database:
            self._matrix(database, modality, regions=regions)  # with its errors
            regions = regions and modality == "image"
            return self._derived.moments(database, modality, regions=regions)

    def count(self, modality: Modality | None = None, where: Filter = ()) -> int:
        """Count the items that can be found."""
        clause, parameters = compile_filter(where)
        with self._database.reading() as database:
            (count,) = database.execute(
                f"SELECT count(DISTINCT s.item) {_FINDABLE} AND ? IN ('', i.modality){clause}",
                (modality or "", *parameters),
            ).fetchone()
        return int(count)

    def with_regions(self) -> set[str]:
        """Return the ids of the items that have regions."""
        with self._database.reading() as database:
            rows = database.execute(
                """SELECT id FROM items i
                WHERE EXISTS (SELECT 1 FROM vectors v WHERE v.item = i.row AND v.box != '')"""
            )
            return {name for (name,) in rows}

    def without_vectors(self) -> set[str]:
        """Return the ids of the items that a move to another model left without a vector."""
        with self._database.reading() as database:
            rows = database.execute(
                """SELECT id FROM items i
                WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.item = i.row AND v.box = '')"""
            )
            return {name for (name,) in rows}

    def move(self, model_id: str, dim: int) -> SQLiteMove:
        """Begin to move to another model, or go on with such a move; another one is given up."""
        return SQLiteMove(self._database, model_id, dim)

    def search(
        self,
        vectors: Vectors,
        k: int,
        modality: Modality | None = None,
        where: Filter = (),
        *,
        regions: bool = False,
    ) -> list[list[Hit]]:
        """Return for each query vector (n, dim) the k most similar items, best first."""
        queries = self._checked(vectors, k)
        with self._database.reading() as database:
            ranked = []
            for each in _modalities(modality):
                matrix = self._matrix(database, each, regions=regions)
                if where:
                    matrix = matrix.select(self._accepted(database, each, where))
                ranked.append(matrix.nearest(queries, k))
            best = [list(chain(*parts)) for parts in zip(*ranked, strict=True)]
            return self._hits(database, best, k, where)

    def _checked(self, vectors: Vectors, k: int) -> Vectors:
        if k < 1:
            raise QueryError(f"k is {k}; ask for at least 1 result")
        return check_vectors(vectors, self.dim, QueryError)

    def _check_model(self, database: sqlite3.Connection) -> None:
        """Raise CollectionError if the vectors are of another model than when this was opened."""
        (model,) = database.execute("SELECT value FROM meta WHERE key = 'model_id'").fetchone()
        if model != self._model_id:
            raise CollectionError(
                f"{self._database.file.parent}: moved to model {model!r} meanwhile; open it again"
            )

    def _matrix(self, database: sqlite3.Connection, modality: Modality, *, regions: bool) -> Matrix:
        self._check_model(database)
        regions = regions and modality == "image"
        matrix = self._derived.matrix(database, modality, regions=regions)
        if regions and len(matrix.keys) and not matrix.has_regions:
            raise CollectionError(f"{self._database.file.parent}: no regions here; {_HOW}")
        return matrix

    def _accepted(
        self, database: sqlite3.Connection, modality: Modality, where: Filter
    ) -> NDArray[np.int64]:
        clause, parameters = compile_filter(where)
        rows = database.execute(
            f"SELECT DISTINCT s.item {_FINDABLE} AND i.modality = ?{clause}",
            (modality, *parameters),
        )
        return np.fromiter((row for (row,) in rows), np.int64)

    def _hits(
        self,
        database: sqlite3.Connection,
        best: list[list[Match]],
        k: int,
        where: Filter,
    ) -> list[list[Hit]]:
        clause, parameters = compile_filter(where)
        matches = list(chain(*best))
        rows = database.execute(
            f"""SELECT {_FIRST_SOURCE} {_FINDABLE}
            AND s.item IN (SELECT value FROM json_each(?)){clause} GROUP BY i.row""",
            (json.dumps(list({match.row for match in matches})), *parameters),
        )
        found = {row[0]: _item(*row) for row in rows}
        boxes = _boxes(database, {match.row for match in matches if match.region})
        hits = [
            [
                _hit(found[p.row], p.score, boxes[p.row][p.region] if p.region else None)
                for p in each
            ]
            for each in best
        ]
        return [sorted(each, key=lambda hit: (-hit.score, hit.id))[:k] for each in hits]

    def stats(self) -> Stats:
        """Count what is there."""
        meta = self._database.meta()
        with self._database.reading() as database:
            sources, missing = database.execute(
                "SELECT count(*), coalesce(sum(missing), 0) FROM sources"
            ).fetchone()
            (regions,) = database.execute("SELECT count(*) FROM vectors WHERE box != ''").fetchone()
        folder = self._database.file.parent
        files = [*folder.glob(f"{FILE}*"), *folder.glob("cache/*")]
        return Stats(
            images=self.count("image"),
            texts=self.count("text"),
            sources=sources,
            missing=missing,
            model_id=self.model_id,
            dim=self.dim,
            bytes=sum(file.stat().st_size for file in files),
            changed=meta["changed"],
            regions=regions,
        )

    def close(self) -> None:
        """Release the file."""
        self._database.close()


def _modalities(modality: Modality | None) -> tuple[Modality, ...]:
    return (modality,) if modality else get_args(Modality)


def _state(item: str, size: int | None, mtime_ns: int, missing: int) -> SourceState:
    return SourceState(item, None if size is None else Stamp(size, mtime_ns), bool(missing))


def _item(
    _: int, name: str, modality: Modality, text: str | None, source: str, metadata: str, *__: str
) -> Item:
    return Item(name, modality, source, text, json.loads(metadata))


def _hit(item: Item, score: float, box: Box | None) -> Hit:
    return Hit(item.id, round(score, 6), item.modality, item.source, item.text, box, item.metadata)


def _boxes(database: sqlite3.Connection, rows: set[int]) -> dict[int, list[Box | None]]:
    """Return the boxes of all vectors of some items, in their order; None for the whole."""
    boxes: dict[int, list[Box | None]] = {row: [] for row in rows}
    stored = database.execute(
        """SELECT item, box FROM vectors WHERE item IN (SELECT value FROM json_each(?))
        ORDER BY item, box""",
        (json.dumps(list(rows)),),
    )
    for row, box in stored:
        boxes[row].append(Box(*map(int, box.split(","))) if box else None)
    return boxes
