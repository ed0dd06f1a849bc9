"""Approximate search in SQLite: candidates of a graph, scored by their own vectors.

What was changed since the graph was written is compared one by one, so that additions and deletions
need no graph. Nothing here reads all vectors.
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

from visavis.errors import MissingExtraError
from visavis.stores.changes import Position, changed_since
from visavis.stores.filter_sql import compile_filter
from visavis.stores.graph import Batch, Graph, load_graph, save_graph, sound_position
from visavis.stores.matrix import Match
from visavis.stores.packing import unpack
from visavis.stores.records import CacheState
from visavis.types import Filter, Modality, Vectors

_BATCH = 8192
_CANDIDATES = 100
"""Candidates that are scored, at least."""
_WIDER = 4
"""How many times as many are scored once more, before all that meet a filter are compared."""

_ALL = "FROM vectors v JOIN items i ON i.row = v.item WHERE v.box = '' AND i.modality = ?"
_CHOSEN = f"{_ALL} AND i.row IN (SELECT value FROM json_each(?))"
_FINDABLE = """EXISTS (SELECT 1 FROM sources s
    WHERE s.item = i.row AND NOT s.missing{clause})"""


@dataclass(frozen=True, slots=True)
class _View:
    """A graph, the rows changed since, and the vectors of those that are there."""

    graph: Graph
    changed: NDArray[np.int64]
    added: NDArray[np.int64]
    vectors: Vectors

    def candidates(self, query: Vectors, count: int) -> NDArray[np.int64]:
        """Return the rows of the nearest `count` of the graph and of the changed ones."""
        near = self.graph.candidates(query, count)
        near = near[~np.isin(near, self.changed)]
        best = np.argsort(-(self.vectors @ query), kind="stable")[:count]
        return np.concatenate([near, self.added[best]])


class Approximate:
    """The graphs of a collection, in files that may be deleted at any time; safe for threads."""

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

        None if there is no graph, or if the filter leaves too few of its candidates.
        """
        view = self._view(database, modality)
        if view is None:
            return None
        count = max(_CANDIDATES, _WIDER * k)
        most = _WIDER * count
        strict = True
        while count <= most:
            rows = view.candidates(query, count)
            best, worst = _score(database, rows, query, modality, where)
            enough = len(best) >= k and (best[k - 1].score > worst or not strict)
            if enough or count >= len(view.graph) + len(view.added):
                return best[:k]
            strict = len(best) < k  # of many equal ones, the wider circle has to do
            count *= _WIDER
        return None

    def state(
        self, database: sqlite3.Connection, modality: Modality
    ) -> tuple[int, int, int] | None:
        """Return how many vectors a graph holds, how many changed since, and its bytes."""
        view = self._view(database, modality)
        return None if view is None else (len(view.graph), len(view.changed), view.graph.bytes)

    def size(self, database: sqlite3.Connection, modality: Modality) -> int | None:
        """Return about how many vectors there are; None without a graph."""
        state = self.state(database, modality)
        return None if state is None else max(state[:2])

    def build(self, database: sqlite3.Connection, modality: Modality, position: Position) -> None:
        """Write a graph of what is there, or bring it up to date; it is as of `position`."""
        graph = load_graph(self._path(modality), self._dim, view=False)
        changed = None if graph is None else changed_since(database, graph.position)
        if graph is None or changed is None:
            batches = _batches(database, self._dim, _ALL, (modality,))
            save_graph(self._path(modality), self._dim, position, batches)
            return
        chosen = (modality, json.dumps(changed.tolist()))
        batches = _batches(database, self._dim, _CHOSEN, chosen)
        path = self._path(modality)
        save_graph(path, self._dim, position, batches, base=graph, without=changed)

    def positions(self) -> list[Position]:
        """Return the positions of all graphs."""
        graphs = (load_graph(path, self._dim) for path in self._folder.glob("*.graph"))
        return [graph.position for graph in graphs if graph is not None]

    def states(self, database: sqlite3.Connection) -> dict[str, CacheState]:
        """Return the state of each graph; one that lacks changes it knows of is current."""
        states: dict[str, CacheState] = {}
        for path in sorted(self._folder.glob("*.graph")):
            position = sound_position(path, self._dim)
            known = position is not None and changed_since(database, position) is not None
            states[str(path)] = "damaged" if position is None else "current" if known else "stale"
        return states

    def drop(self, modality: Modality) -> None:
        """Remove a graph, if there is one."""
        self._path(modality).unlink(missing_ok=True)

    def _path(self, modality: Modality) -> Path:
        return self._folder / f"{modality}.graph"

    def _view(self, database: sqlite3.Connection, modality: Modality) -> _View | None:
        """Return the graph as of the state of the database in this transaction."""
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
        try:
            graph = load_graph(self._path(modality), self._dim)
        except MissingExtraError:  # all vectors are compared, and the answer says so
            return None
        changed = None if graph is None else changed_since(database, graph.position)
        if graph is None or changed is None:
            return None
        chosen = (modality, json.dumps(changed.tolist()))
        parts = list(_batches(database, self._dim, _CHOSEN, chosen))
        rows = np.concatenate([np.empty(0, np.int64), *(rows for rows, _ in parts)])
        vectors = np.concatenate([np.empty((0, self._dim), "f4"), *(part for _, part in parts)])
        return _View(graph, changed, rows, vectors)


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
) -> tuple[list[Match], float]:
    """Return those of the rows that meet the filter, best first, and the worst score of all."""
    clause, parameters = compile_filter(where)
    found = database.execute(
        f"SELECT v.item, i.id, v.vector, {_FINDABLE.format(clause=clause)} {_CHOSEN}",
        (*parameters, modality, json.dumps(rows.tolist())),
    ).fetchall()
    if not found:
        return [], -1.0
    vectors = unpack([blob for _, _, blob, _ in found], len(query))
    scores = np.round(vectors @ query, 6).tolist()
    ranked = sorted(
        (-score, name, row)
        for score, (row, name, _, meets) in zip(scores, found, strict=True)
        if meets
    )
    return [Match(row, 0, -score) for score, _, row in ranked], min(scores)
