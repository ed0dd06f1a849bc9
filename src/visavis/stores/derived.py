"""Matrices and moments derived from the database: caches that may be deleted at any time."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis.moments import Moments
from visavis.stores.column_cache import ColumnCache
from visavis.stores.history import changed_rows, state_of
from visavis.stores.matrix import (
    Matrix,
    load_matrix,
    load_moments,
    read_tag,
    region_keys,
    save_matrix,
    save_moments,
)
from visavis.stores.metadata_columns import Column
from visavis.stores.packing import unpack
from visavis.stores.records import CacheState
from visavis.stores.sampling import sampled_rows
from visavis.types import Modality

MOST = 50_000
"""Vectors to compute moments from, where there is an index: a fair sample, off by 0.3 %."""
_BATCH = 4096
_CHOSEN = """FROM vectors v JOIN items i ON i.row = v.item WHERE i.modality = ?
    AND EXISTS (SELECT 1 FROM sources s WHERE s.item = i.row AND NOT s.missing)"""
_FEW, _MANY = 1000, 20
"""So many items, or one in so many, may have changed before a matrix is made anew."""


class Derived:
    """The vectors of all findable items of a modality, in order of their ids, and their moments.

    With regions, the vectors of an item stand together, its full image first. Each is made once
    for a state of the database, then held in memory and in a file that serves every process.
    Where the folder cannot be written, memory serves alone.
    """

    def __init__(self, folder: Path, dim: int) -> None:
        self._folder = folder
        self._dim = dim
        # A matrix is made once, not by each thread; who needs another one does not wait.
        self._locks: dict[str, threading.RLock] = {}
        self._matrices: dict[str, tuple[str, Matrix]] = {}
        self._layers: dict[str, tuple[str, list[Matrix]]] = {}
        self._moments: dict[str, tuple[str, Moments]] = {}
        self._columns = ColumnCache(folder)

    def matrix(
        self, database: sqlite3.Connection, modality: Modality, *, regions: bool = False
    ) -> Matrix:
        """Return the matrix that belongs to the state of the database in this transaction."""
        state, name = state_of(database), _name(modality, regions=regions)
        with self._lock(name):
            held, matrix = self._matrices.get(name, ("", None))
            if matrix is None or held != state:
                file, tag = self._folder / f"{name}.vectors", self._tag("matrix", state)
                matrix = load_matrix(file, tag, self._dim)
                matrix = matrix or self._made(database, modality, file, tag, regions=regions)
                matrix = replace(matrix, regions=regions)
                self._matrices[name] = state, matrix
            return matrix

    def _lock(self, name: str) -> threading.RLock:
        return self._locks.setdefault(name, threading.RLock())

    def layers(
        self, database: sqlite3.Connection, modality: Modality, *, regions: bool = False
    ) -> list[Matrix]:
        """Return matrices that hold the vectors of the state in this transaction together.

        While others write, a matrix of all would have to be made after each change. So what is
        held of an earlier state is kept, without the few items that have changed since, and these
        are a matrix of their own.
        """
        state, name = state_of(database), _name(modality, regions=regions)
        with self._lock(name):
            held, layers = self._layers.get(name, ("", []))
            if held != state:
                layers = self._patched(database, modality, state, regions=regions)
                self._layers[name] = state, layers
            return layers

    def _patched(
        self, database: sqlite3.Connection, modality: Modality, state: str, *, regions: bool
    ) -> list[Matrix]:
        held, matrix = self._matrices.get(_name(modality, regions=regions), ("", None))
        changed = None
        if matrix is not None and held != state:
            changed = changed_rows(database, held, max(_FEW, matrix.items // _MANY))
        if matrix is None or changed is None:
            return [self.matrix(database, modality, regions=regions)]
        there = np.fromiter((row for (row,) in database.execute("SELECT row FROM items")), np.int64)
        rows = matrix.rows
        kept = np.zeros(1 + max(rows.max(initial=0), there.max(initial=0)), bool)
        kept[there] = True
        kept[changed] = False
        new = self._of_changed(database, modality, changed, regions=regions)
        return [replace(matrix, chosen=kept[rows]), *new]

    def _of_changed(
        self, database: sqlite3.Connection, modality: Modality, rows: list[int], *, regions: bool
    ) -> list[Matrix]:
        """Return a matrix of the vectors of some items, none if they have none."""
        chosen = f"{_CHOSEN} AND v.item IN (SELECT value FROM json_each(?))"
        chosen += "" if regions else " AND v.box = ''"
        found = database.execute(
            f"SELECT v.item, v.vector {chosen} ORDER BY i.id, v.box", (modality, json.dumps(rows))
        ).fetchall()
        if not found:
            return []
        keys = np.fromiter((row for row, _ in found), np.int64)
        vectors = unpack([blob for _, blob in found], self._dim)
        return [Matrix(region_keys(keys) if regions else keys, vectors, regions)]

    def _made(
        self,
        database: sqlite3.Connection,
        modality: Modality,
        file: Path,
        tag: bytes,
        *,
        regions: bool,
    ) -> Matrix:
        """Return a new matrix, mapped from a file if one can be kept: processes share it."""
        matrix = self._read(database, modality, regions=regions)
        if not save_matrix(file, tag, matrix):
            return matrix
        del matrix  # not to hold it twice
        mapped = load_matrix(file, tag, self._dim)
        return mapped or self._read(database, modality, regions=regions)

    def of_rows(self, database: sqlite3.Connection, rows: NDArray[np.int64]) -> Matrix:
        """Return a matrix of the full vectors of some items, which is not kept."""
        found = database.execute(
            """SELECT v.item, v.vector FROM vectors v JOIN items i ON i.row = v.item
            WHERE v.box = '' AND v.item IN (SELECT value FROM json_each(?)) ORDER BY i.id""",
            (json.dumps(rows.tolist()),),
        ).fetchall()
        keys = np.fromiter((row for row, _ in found), np.int64)
        return Matrix(keys, unpack([blob for _, blob in found], self._dim))

    def moments(
        self,
        database: sqlite3.Connection,
        modality: Modality,
        *,
        regions: bool = False,
        about: int = 0,
    ) -> Moments:
        """Return the moments of the vectors of that matrix, each vector counted once.

        Where an index makes a matrix superfluous, `about` says how many vectors there are: of
        many, a fair sample is read.
        """
        state, name = state_of(database), _name(modality, regions=regions)
        with self._lock(name):
            held, moments = self._moments.get(name, ("", None))
            if moments is None or held != state:
                file, tag = self._folder / f"{name}.moments", self._tag("moments", state)
                moments = load_moments(file, tag, self._dim)
                if moments is None:
                    moments = (
                        self._sampled(database, modality, about)
                        if about > MOST and not regions
                        else Moments.of(self.matrix(database, modality, regions=regions).vectors)
                    )
                    save_moments(file, tag, moments)
                self._moments[name] = state, moments
            return moments

    def columns(self, database: sqlite3.Connection, keys: Sequence[str]) -> dict[str, Column]:
        """Return the columns of metadata that belong to the state of the database."""
        return self._columns.columns(database, keys)

    def states(self, database: sqlite3.Connection) -> dict[str, CacheState]:
        """Return the state of each file; matrices of the present state are made again."""
        states: dict[str, CacheState] = {}
        searched: list[tuple[Modality, bool]] = [("image", False), ("image", True), ("text", False)]
        for modality, regions in searched:
            name = _name(modality, regions=regions)
            for content, load in (("matrix", load_matrix), ("moments", load_moments)):
                file = self._folder / f"{name}.{'vectors' if content == 'matrix' else content}"
                tag = read_tag(file)
                if tag is None:
                    continue
                kept = load(file, tag, _dim(tag))
                if kept is None or not tag.startswith(f"visavis {content} ".encode()):
                    states[str(file)] = "damaged"
                elif tag != self._tag(content, state_of(database)):
                    states[str(file)] = "stale"
                else:
                    fresh = self._read(database, modality, regions=regions)
                    states[str(file)] = "current" if _agree(kept, fresh) else "damaged"
        return states

    def _sampled(self, database: sqlite3.Connection, modality: Modality, about: int) -> Moments:
        rows = sampled_rows(database, about // MOST)
        found = database.execute(
            f"""SELECT v.vector {_CHOSEN} AND v.box = ''
            AND i.row IN (SELECT value FROM json_each(?))""",
            (modality, json.dumps(rows.tolist())),
        ).fetchall()
        sample = Moments.of(unpack([blob for (blob,) in found], self._dim))
        return Moments(about, sample.mean, sample.second)

    def _tag(self, content: str, state: str) -> bytes:
        return f"visavis {content} 1 {state} {self._dim}".encode()

    def _read(self, database: sqlite3.Connection, modality: Modality, *, regions: bool) -> Matrix:
        chosen = _CHOSEN if regions else f"{_CHOSEN} AND v.box = ''"
        items = database.execute(f"SELECT v.item {chosen} ORDER BY i.id, v.box", (modality,))
        rows = np.fromiter((row for (row,) in items), np.int64)
        vectors = np.empty((len(rows), self._dim), np.float32)
        # To read them as they lie, and put each in its row, is three times faster than to read
        # them in order of ids.
        blobs = database.execute(f"SELECT v.vector {chosen} ORDER BY v.item, v.box", (modality,))
        order = np.argsort(rows, kind="stable")
        for start in range(0, len(rows), _BATCH):
            batch = unpack([blob for (blob,) in blobs.fetchmany(_BATCH)], self._dim)
            vectors[order[start : start + _BATCH]] = batch
        return Matrix(region_keys(rows) if regions else rows, vectors)


def _dim(tag: bytes) -> int:
    last = tag.rpartition(b" ")[2]
    return int(last) if last.isdigit() else 0


def _agree(kept: Matrix | Moments, fresh: Matrix) -> bool:
    if isinstance(kept, Matrix):
        same = np.array_equal(kept.keys, fresh.keys)
        return same and np.array_equal(kept.vectors, fresh.vectors)
    if kept.count > MOST:  # they may be of a sample
        return True
    moments = Moments.of(fresh.vectors)
    same = kept.count == moments.count and np.allclose(kept.mean, moments.mean)
    return same and np.allclose(kept.second, moments.second)


def _name(modality: Modality, *, regions: bool) -> str:
    return f"{modality}-regions" if regions else modality
