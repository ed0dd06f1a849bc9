"""Migration in an engine of SQL: new vectors wait in a table of their own until all are there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np

from visavis.errors import CollectionError
from visavis.stores.base import PAGE, check_vectors
from visavis.stores.columns import read_state
from visavis.stores.records import Record, SourceState
from visavis.types import Vectors

T = TypeVar("T")

_COUNTS = """SELECT (SELECT count(*) FROM next_vectors WHERE box = ''),
    (SELECT count(DISTINCT item) FROM sources)"""
_LEFT = """FROM items i
    WHERE NOT EXISTS (SELECT 1 FROM next_vectors n WHERE n.item = i.row AND n.box = '')
    AND EXISTS (SELECT 1 FROM sources s WHERE s.item = i.row)"""
_HIDE = f"UPDATE sources SET missing = TRUE WHERE item IN (SELECT i.row {_LEFT})"
_PAGE = f"""SELECT l.id, s.source, l.id, s.size, s.mtime_ns, s.missing
    FROM (SELECT i.row, i.id {_LEFT} AND i.id > ? ORDER BY i.id LIMIT ?) l
    JOIN sources s ON s.item = l.row ORDER BY l.id, s.missing, s.source"""
_DROP_ITEM = "DELETE FROM next_vectors WHERE item = (SELECT row FROM items WHERE id = ?)"
_KEYS = "'next_model_id', 'next_dim'"


class SQL(Protocol):
    """A connection of either engine, as far as it is used here."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Any:
        """Run a statement."""


class Transactions(Protocol):
    """The database of either engine, as far as it is used here."""

    def reading(self) -> AbstractContextManager[Any]:
        """Read one state."""

    def staging(self) -> AbstractContextManager[Any]:
        """Write what no search looks at."""

    def writing(self) -> AbstractContextManager[Any]:
        """Write what a search sees."""


class StagedMigration(ABC):
    """A migration that may be interrupted at any time; searches see nothing before its end."""

    parameter: ClassVar[str]
    """How the engine marks a place for a parameter, `?` or `%s`."""
    put_vector: ClassVar[str]
    """Keeps the vector of a box of an item: parameters are box, vector, and id."""

    def __init__(self, database: Transactions, shown: str, model_id: str, dim: int) -> None:
        self._database, self._shown = database, shown
        self._model_id, self._dim = model_id, dim
        with database.staging() as connection:
            if _pending(connection) != self._wanted():
                connection.execute("DROP TABLE IF EXISTS next_vectors")
                connection.execute(self.table(dim))
                connection.execute(f"DELETE FROM meta WHERE key IN ({_KEYS})")
                for key, value in zip(("next_model_id", "next_dim"), self._wanted(), strict=True):
                    sql = self._sql("INSERT INTO meta (key, value) VALUES (?, ?)")
                    connection.execute(sql, (key, value))

    @abstractmethod
    def table(self, dim: int) -> str:
        """Return the statement that makes the table `next_vectors`."""

    @abstractmethod
    def pack(self, vector: Vectors) -> Any:
        """Return a vector (dim,) as a parameter of `put_vector`."""

    @abstractmethod
    def replace_vectors(self, connection: Any) -> None:
        """Put the new table in place of the old one."""

    def counts(self) -> tuple[int, int]:
        """Return how many items have new vectors already, and how many items there are."""

        def read(connection: SQL) -> tuple[int, int]:
            done, total = connection.execute(_COUNTS).fetchone()
            return int(done), int(total)

        return self._read(read)

    def left(self, after: str = "", limit: int = PAGE) -> dict[str, dict[str, SourceState]]:
        """Return a page of items without new vectors, by id, with the states of their sources."""

        def read(connection: SQL) -> dict[str, dict[str, SourceState]]:
            items: dict[str, dict[str, SourceState]] = {}
            for name, source, *state in connection.execute(self._sql(_PAGE), (after, limit)):
                items.setdefault(name, {})[source] = read_state(*state)
            return items

        return self._read(read)

    def put(self, records: Iterable[Record]) -> None:
        """Keep new vectors, with their regions, in one transaction; skip unknown items."""
        with self._database.staging() as connection:
            self._check(connection)
            for record in records:
                self._put(connection, record)

    def finish(self, without: Collection[str]) -> bool:
        """Put the new vectors in place of the old ones, in one step.

        Returns False, and changes nothing, if items other than `without` lack theirs.
        """
        with self._database.writing() as connection:
            self._check(connection)
            left = {name for (name,) in connection.execute(f"SELECT i.id {_LEFT}")}
            if left.difference(without):
                return False
            connection.execute(_HIDE)
            self.replace_vectors(connection)
            for key, value in zip(("model_id", "dim"), self._wanted(), strict=True):
                connection.execute(
                    self._sql("UPDATE meta SET value = ? WHERE key = ?"), (value, key)
                )
            connection.execute(f"DELETE FROM meta WHERE key IN ({_KEYS})")
        return True

    def _put(self, connection: SQL, record: Record) -> None:
        assert record.vector is not None
        name = record.item.id
        parts = [("", record.vector), *((str(each.box), each.vector) for each in record.regions)]
        rows = check_vectors(np.stack([row for _, row in parts]), self._dim, CollectionError)
        connection.execute(self._sql(_DROP_ITEM), (name,))
        for (box, _), row in zip(parts, rows, strict=True):
            connection.execute(self.put_vector, (box, self.pack(row), name))

    def _read(self, work: Callable[[SQL], T]) -> T:
        with self._database.reading() as connection:
            self._check(connection)
            return work(connection)

    def _check(self, connection: SQL) -> None:
        """Raise CollectionError if another process replaced or finished this migration."""
        if _pending(connection) != self._wanted():
            raise CollectionError(
                f"{self._shown}: another process has ended this migration; look with `stats`"
            )

    def _wanted(self) -> tuple[str, str]:
        return self._model_id, str(self._dim)

    def _sql(self, sql: str) -> str:
        return sql.replace("?", self.parameter)


def _pending(connection: SQL) -> tuple[str | None, str | None]:
    rows = connection.execute(f"SELECT key, value FROM meta WHERE key IN ({_KEYS})")
    meta = dict(iter(rows))
    return meta.get("next_model_id"), meta.get("next_dim")
