"""What the engines of SQL have in common: the same tables, changed in transactions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from visavis.errors import CollectionError
from visavis.stores.abilities import MarkableStore, TimelineStore
from visavis.stores.base import RegionStore
from visavis.stores.columns import read_model
from visavis.stores.following import FollowableStore
from visavis.stores.records import Record

MODEL = "SELECT value FROM meta WHERE key = 'model_id'"


class Database(Protocol):
    """The database of either engine, as far as it is used here."""

    def meta(self) -> dict[str, str]:
        """Return the values of the table `meta`."""

    def writing(self) -> AbstractContextManager[Any]:
        """Write what a search sees."""


class SQLStore(RegionStore, TimelineStore, MarkableStore, FollowableStore):
    """A store in the tables of a database, which is the truth about its model and generation."""

    _database: Database

    def __init__(self, database: Database, location: str, meta: Mapping[str, str]) -> None:
        super().__init__(location, *read_model(meta))
        self._database = database

    @property
    def generation(self) -> int:
        """A number that grows with every change."""
        return int(self._database.meta()["generation"])

    def _upsert(self, records: Iterable[Record]) -> None:
        with self._database.writing() as connection:
            self._check_model(connection)
            self._put(connection, records)

    @abstractmethod
    def _put(self, connection: Any, records: Iterable[Record]) -> None:
        """Write records, in a transaction that has begun."""

    def _check_model(self, connection: Any) -> None:
        """Raise CollectionError if the vectors are of another model than when this was opened."""
        (model,) = connection.execute(MODEL).fetchone()
        self._check_same(model)

    def _check_same(self, model: str) -> None:
        if model != self.model_id:
            raise CollectionError(
                f"{self.location}: migrated to model {model!r} meanwhile; open it again"
            )
