"""Approximate search in SQLite: candidates of an index in cells, scored by their own vectors.

What was changed since the index was written is compared one by one, so that additions and deletions
do not touch it. No search here reads all vectors.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis.stores.cells import CANDIDATES, Batch, Cells, gather, load_cells
from visavis.stores.changes import Position, changed_since
from visavis.stores.filter_sql import compile_filter
from visavis.stores.matrix import Match
from visavis.stores.packing import unpack
from visavis.stores.partition import SAMPLE, Partition, cells_for
from visavis.stores.records import CacheState
from visavis.stores.sampling import sampled_rows
from visavis.types import Filter, Modality, Vectors

_BATCH = 8192
_SUFFIX, _OLDER = ".cells", ".graph"
"""Names of indexes, and of those that an earlier version made."""
_WIDER = 4
"""How many times as many are scored once more, before all that meet a filter are compared."""

_ALL = "FROM vectors v JOIN items i ON i.row = v.item WHERE v.box = '' AND i.modality = ?"
_CHOSEN = f"{_ALL} AND i.row IN (SELECT value FROM json_each(?))"
_FINDABLE = """EXISTS (SELECT 1 FROM sources s
    WHERE s.item = i.row AND NOT s.missing{clause})"""


@dataclass(frozen=True, slots=True)
class _View:
    """An index, the rows changed since, and the vectors of those that are there."""

    cells: Cells
    changed: NDArray[np.int64]
    added: NDArray[np.int64]
    vectors: Vectors

    def candidates(self, query: Vectors, count: int) -> tuple[NDArray[np.int64], int]:
        """Return the rows of the nearest `count` of the index and of the changed ones.

        The second is how many of all the nearest are surely among them: no more than are of the
        index, unless all of it is there.
        """
        near = self.cells.candidates(query, count)
        near = near[~np.isin(near, self.changed)]
        best = np.argsort(-(self.vectors @ query), kind="stable")[:count]
        sure = len(near) if count < len(self.cells) else count
        return np.concatenate([near, self.added[best]]), sure


class Approximate:
    """The indexes of a collection, in files that may be deleted at any time; safe for threads."""

    def __init__(self, folder: Path, dim: int) -> None:
        self._folder, self._dim = folder, dim
        self._lock = threading.Lock()
        self._views: dict[Modality, tuple[object, _View | None]] = {}

    def search(
        self,
        database: sqlite3.Connection,
        query: Vectors,
        k: int,
        modality: Modality,
        where: Filter,
    ) -> list[Match] | None:
        """Return about the k best for a query (dim,), best first.

        None if there is no index, or if the filter leaves too few of its candidates.
        """
        view = self._view(database, modality)
        if view is None:
            return None
        count = max(CANDIDATES, _WIDER * k)
        most = _WIDER * count
        strict = True
        while count <= most:
            rows, sure = view.candidates(query, count)
            best, scores = _score(database, rows, query, modality, where)
            # Nothing that is not among the rows has a better score than the last sure one.
            worst = scores[min(sure, len(scores)) - 1] if sure and scores else np.inf
            last = best[k - 1].score if len(best) >= k else -np.inf
            enough = last > worst or (last == worst and not strict)
            if enough or count >= len(view.cells) + len(view.added):
                return best[:k]
            strict = last != worst  # of many equal ones, the wider circle has to do
            count *= _WIDER
        return None

    def state(
        self, database: sqlite3.Connection, modality: Modality
    ) -> tuple[int, int, int] | None:
        """Return how many vectors an index holds, how many changed since, and its bytes."""
        view = self._view(database, modality)
        return None if view is None else (len(view.cells), len(view.changed), view.cells.bytes)

    def size(self, database: sqlite3.Connection, modality: Modality) -> int | None:
        """Return about how many vectors there are; None without an index."""
        state = self.state(database, modality)
        return None if state is None else max(state[:2])

    def build(self, database: sqlite3.Connection, modality: Modality, position: Position) -> None:
        """Write an index of what is there, or bring it up to date; it is as of `position`."""
        cells = self._updated(database, modality, position)
        if cells is None or cells.is_outgrown:
            partition = self._divided(database, modality)
            batches = _batches(database, self._dim, _ALL, (modality,))
            cells = gather(partition, position, batches)
        cells.save(self._path(modality))
        self._older(modality).unlink(missing_ok=True)

    def _updated(
        self, database: sqlite3.Connection, modality: Modality, position: Position
    ) -> Cells | None:
        """Return the index with what was changed since; None if there is none to go on with."""
        cells = load_cells(self._path(modality), self._dim)
        if cells is None or not cells.is_sound():
            return None
        changed = changed_since(database, cells.position)
        if changed is None:
            return None
        batches = _batches(database, self._dim, _CHOSEN, (modality, json.dumps(changed.tolist())))
        return gather(cells.partition, position, batches, base=cells, without=changed)

    def _divided(self, database: sqlite3.Connection, modality: Modality) -> Partition:
        """Divide a fair sample of the vectors into cells."""
        (count,) = database.execute(f"SELECT count(*) {_ALL}", (modality,)).fetchone()
        cells = cells_for(count)
        rows = sampled_rows(database, max(1, count // (SAMPLE * cells)))
        chosen = modality, json.dumps(rows.tolist())
        parts = [part for _, part in _batches(database, self._dim, _CHOSEN, chosen)]
        sample = np.concatenate([np.empty((0, self._dim), "f4"), *parts])
        return Partition.of(sample, cells)

    def positions(self) -> list[Position]:
        """Return the positions of all indexes."""
        found = (load_cells(path, self._dim) for path in self._folder.glob(f"*{_SUFFIX}"))
        return [cells.position for cells in found if cells is not None]

    def states(self, database: sqlite3.Connection) -> dict[str, CacheState]:
        """Return the state of each index; one that lacks changes it knows of is current."""
        states: dict[str, CacheState] = {}
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            cells = load_cells(path, self._dim)
            if cells is None or not cells.is_sound():
                states[str(path)] = "damaged"
            else:
                known = changed_since(database, cells.position) is not None
                states[str(path)] = "current" if known else "stale"
        return states | dict.fromkeys(map(str, self._folder.glob(f"*{_OLDER}")), "stale")

    def is_of_earlier_version(self, modality: Modality) -> bool:
        """Tell whether there is no index but one that an earlier version made: it is not used."""
        return self._older(modality).exists() and not self._path(modality).exists()

    def drop(self, modality: Modality) -> None:
        """Remove an index, if there is one."""
        self._path(modality).unlink(missing_ok=True)
        self._older(modality).unlink(missing_ok=True)

    def _path(self, modality: Modality) -> Path:
        return self._folder / f"{modality}{_SUFFIX}"

    def _older(self, modality: Modality) -> Path:
        return self._folder / f"{modality}{_OLDER}"

    def _view(self, database: sqlite3.Connection, modality: Modality) -> _View | None:
        """Return the index as of the state of the database in this transaction."""
        try:
            stat = self._path(modality).stat()
        except OSError:
            return None
        (state,) = database.execute("SELECT value FROM meta WHERE key = 'state'").fetchone()
        key = state, stat.st_ino, stat.st_mtime_ns
        with self._lock:
            known, view = self._views.get(modality, (None, None))
            if known != key:
                view = self._opened(database, modality)
                self._views[modality] = key, view
            return view

    def _opened(self, database: sqlite3.Connection, modality: Modality) -> _View | None:
        cells = load_cells(self._path(modality), self._dim)
        changed = None if cells is None else changed_since(database, cells.position)
        if cells is None or changed is None:
            return None
        chosen = (modality, json.dumps(changed.tolist()))
        parts = list(_batches(database, self._dim, _CHOSEN, chosen))
        rows = np.concatenate([np.empty(0, np.int64), *(rows for rows, _ in parts)])
        vectors = np.concatenate([np.empty((0, self._dim), "f4"), *(part for _, part in parts)])
        return _View(cells, changed, rows, vectors)


def _batches(
    database: sqlite3.Connection, dim: int, chosen: str, values: tuple[str, ...]
) -> Iterator[Batch]:
    found = database.execute(f"SELECT v.item, v.vector {chosen} ORDER BY v.item", values)
    while batch := found.fetchmany(_BATCH):
        rows, blobs = zip(*batch, strict=True)
        yield np.array(rows, np.int64), unpack(list(blobs), dim)


def _score(
    database: sqlite3.Connection,
    rows: NDArray[np.int64],
    query: Vectors,
    modality: Modality,
    where: Filter,
) -> tuple[list[Match], list[float]]:
    """Return those of the rows that meet the filter, and the scores of all, best first."""
    clause, parameters = compile_filter(where)
    found = database.execute(
        f"SELECT v.item, i.id, v.vector, {_FINDABLE.format(clause=clause)} {_CHOSEN}",
        (*parameters, modality, json.dumps(rows.tolist())),
    ).fetchall()
    if not found:
        return [], []
    vectors = unpack([blob for _, _, blob, _ in found], len(query))
    scores = np.round(vectors @ query, 6).tolist()
    ranked = sorted(
        (-score, name, row)
        for score, (row, name, _, meets) in zip(scores, found, strict=True)
        if meets
    )
    return [Match(row, 0, -score) for score, _, row in ranked], sorted(scores, reverse=True)
