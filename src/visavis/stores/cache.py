"""Matrices derived from the database: kept in memory and in files until the database changes."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np

from visavis.errors import CollectionError
from visavis.stores.matrix import Matrix, load_matrix, region_keys, save_matrix
from visavis.types import Modality, Vectors

_BATCH = 4096


class MatrixCache:
    """The vectors of all items of a modality that can be found, in order of their ids.

    With regions, those of an item stand together, its whole first. A file serves every process; where the folder cannot be written, memory does.
    """

    def __init__(self, folder: Path, dim: int) -> None:
        self._folder = folder
        self._dim = dim
        self._held: dict[str, tuple[bytes, Matrix]] = {}

    def matrix(
        self, database: sqlite3.Connection, modality: Modality, *, regions: bool = False
    ) -> Matrix:
        """Return the matrix that belongs to the state of the database in this transaction."""
        (state,) = database.execute("SELECT value FROM meta WHERE key = 'state'").fetchone()
        tag = f"visavis matrix 1 {state} {self._dim}".encode()
        name = f"{modality}-regions" if regions else modality
        held, matrix = self._held.get(name, (b"", None))
        if matrix is None or held != tag:
            file = self._folder / f"{name}.vectors"
            matrix = self._load(database, modality, file, tag, regions=regions)
            matrix = replace(matrix, regions=regions)
            self._held[name] = tag, matrix
        return matrix

    def _load(
        self,
        database: sqlite3.Connection,
        modality: Modality,
        file: Path,
        tag: bytes,
        *,
        regions: bool,
    ) -> Matrix:
        matrix = load_matrix(file, tag, self._dim)
        if matrix is None:
            matrix = self._derive(database, modality, regions=regions)
            save_matrix(file, tag, matrix)
            # The mapped file is shared with other processes, so prefer it.
            matrix = load_matrix(file, tag, self._dim) or matrix
        return matrix

    def _derive(self, database: sqlite3.Connection, modality: Modality, *, regions: bool) -> Matrix:
        chosen = f"""FROM vectors v JOIN items i ON i.row = v.item WHERE i.modality = ?
            {"" if regions else "AND v.box = ''"}
            AND EXISTS (SELECT 1 FROM sources s WHERE s.item = i.row AND NOT s.missing)"""
        items = database.execute(f"SELECT v.item {chosen} ORDER BY i.id, v.box", (modality,))
        rows = np.fromiter((row for (row,) in items), np.int64)
        vectors = np.empty((len(rows), self._dim), np.float32)
        # Reading them as they lie and putting each in its place is three times faster
        # than reading them in order of ids.
        blobs = database.execute(f"SELECT v.vector {chosen} ORDER BY v.item, v.box", (modality,))
        places = np.argsort(rows, kind="stable")
        for start in range(0, len(rows), _BATCH):
            batch = unpack([blob for (blob,) in blobs.fetchmany(_BATCH)], self._dim)
            vectors[places[start : start + _BATCH]] = batch
        return Matrix(region_keys(rows) if regions else rows, vectors)


def pack(vector: Vectors) -> bytes:
    """Return a vector (dim,) as it lies in the database."""
    return vector.astype("<f4").tobytes()


def unpack(blobs: list[bytes], dim: int) -> Vectors:
    """Return vectors (n, dim) from the database; raises CollectionError for a damaged one."""
    if any(len(blob) != 4 * dim for blob in blobs):
        raise CollectionError("the collection is damaged: a vector has the wrong length")
    return np.frombuffer(b"".join(blobs), "<f4").astype(np.float32, copy=False).reshape(-1, dim)
