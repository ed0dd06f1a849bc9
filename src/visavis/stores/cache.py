"""Matrices derived from the database: kept in memory and in files until the database changes."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np

from visavis.errors import CollectionError
from visavis.stores.matrix import Matrix, load_matrix, save_matrix
from visavis.types import Modality, Vectors

_BATCH = 4096


class MatrixCache:
    """The vectors of all items of a modality that can be found, in order of their ids.

    A file serves every process; where the folder cannot be written, memory does.
    """

    def __init__(self, folder: Path, dim: int) -> None:
        self._folder = folder
        self._dim = dim
        self._held: dict[Modality, tuple[bytes, Matrix]] = {}

    def matrix(self, database: sqlite3.Connection, modality: Modality) -> Matrix:
        """Return the matrix that belongs to the state of the database in this transaction."""
        (state,) = database.execute("SELECT value FROM meta WHERE key = 'state'").fetchone()
        tag = f"visavis matrix 1 {state} {self._dim}".encode()
        held, matrix = self._held.get(modality, (b"", None))
        if matrix is None or held != tag:
            matrix = self._load(database, modality, tag)
            self._held[modality] = tag, matrix
        return matrix

    def _load(self, database: sqlite3.Connection, modality: Modality, tag: bytes) -> Matrix:
        file = self._folder / f"{modality}.vectors"
        matrix = load_matrix(file, tag, self._dim)
        if matrix is None:
            matrix = self._derive(database, modality)
            save_matrix(file, tag, matrix)
            # The mapped file is shared with other processes, so prefer it.
            matrix = load_matrix(file, tag, self._dim) or matrix
        return matrix

    def _derive(self, database: sqlite3.Connection, modality: Modality) -> Matrix:
        findable = """i.modality = ?
            AND EXISTS (SELECT 1 FROM sources s WHERE s.item = i.row AND NOT s.missing)"""
        rows = database.execute(
            f"SELECT row FROM items i WHERE {findable} ORDER BY id", (modality,)
        )
        keys = np.fromiter((row for (row,) in rows), np.int64)
        vectors = np.empty((len(keys), self._dim), np.float32)
        # Reading them as they lie and putting each in its place is three times faster
        # than reading them in order of ids.
        blobs = database.execute(
            f"""SELECT v.vector FROM vectors v JOIN items i ON i.row = v.item AND v.box = ''
            WHERE {findable} ORDER BY v.item""",
            (modality,),
        )
        places = np.argsort(keys)
        for start in range(0, len(keys), _BATCH):
            batch = unpack([blob for (blob,) in blobs.fetchmany(_BATCH)], self._dim)
            vectors[places[start : start + _BATCH]] = batch
        return Matrix(keys, vectors)


def pack(vector: Vectors) -> bytes:
    """Return a vector (dim,) as it lies in the database."""
    return vector.astype("<f4").tobytes()


def unpack(blobs: list[bytes], dim: int) -> Vectors:
    """Return vectors (n, dim) from the database; raises CollectionError for a damaged one."""
    if any(len(blob) != 4 * dim for blob in blobs):
        raise CollectionError("the collection is damaged: a vector has the wrong length")
    return np.frombuffer(b"".join(blobs), "<f4").astype(np.float32, copy=False).reshape(-1, dim)
