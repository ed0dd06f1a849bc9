"""The rows of a collection, in one Milvus collection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from time import time_ns
from typing import Any, TypeVar

from visavis.errors import CollectionError
from visavis.stores.milvus.connection import Connection, GoneError
from visavis.stores.milvus.entries import DESCRIBED, OUTSIDE, Entry, entries_of
from visavis.stores.milvus.expressions import one_of, quoted
from visavis.stores.milvus.schema import (
    STATE,
    About,
    IndexKind,
    create_table,
    table_name,
    vector_index,
)
from visavis.types import Vectors

MOST_ROWS = 16_384
"""Rows that Milvus returns at most for one request."""
_PAGE = 4096
_NAMES = 500
"""Names in one expression."""
_BATCH_BYTES = 16_000_000
_ROW_BYTES = 2000  # beside the vector, about
_READ_WITHIN = 50_000
T = TypeVar("T")


class Table:
    """Rows of one model: the alias of the collection leads to it, until a migration is finished."""

    def __init__(self, connection: Connection, name: str, about: About) -> None:
        self.connection, self.name, self.about = connection, name, about
        self._consistency = connection.location.consistency.capitalize()

    @classmethod
    def current(cls, connection: Connection) -> Table:
        """Return the rows that the alias leads to; raises CollectionError if there are none."""
        name = connection.location.name
        if not connection.call("has_collection", name):
            raise CollectionError(f"{connection.shown}: no collection {name!r} in it")
        connection.call("load_collection", name)  # the small server forgets it when it restarts
        about = About.of(connection, name)
        return cls(connection, connection.call("describe_alias", name)["collection_name"], about)

    @classmethod
    def make(cls, connection: Connection, about: About) -> Table:
        """Make empty rows and their alias; raises CollectionError if there is a collection."""
        name = connection.location.name
        if connection.call("has_collection", name):
            raise CollectionError(f"{connection.shown}: there is a collection {name!r} already")
        table = cls(connection, table_name(name, 1, about), about)
        table.create()
        connection.call("create_alias", table.name, name)  # fails if another made one meanwhile
        return table

    def create(self) -> None:
        """Make the Milvus collection, without items."""
        create_table(self.connection, self.name, self.about)
        self.note_change()

    def call(self, method: str, **options: Any) -> Any:
        """Call a method of the client; raises CollectionError if a migration took the rows away."""
        try:
            return self.connection.call(method, self.name, **options)
        except GoneError as error:
            raise self._moved(error) from error

    def first(
        self, where: str, fields: Sequence[str], limit: int, *, strong: bool = False
    ) -> list[dict[str, Any]]:
        """Return the first rows that meet an expression, in the order of their keys."""
        found = self.call(
            "query",
            filter=where,
            output_fields=list(fields),
            limit=min(limit, MOST_ROWS),
            iterator="True",  # these two ask for the order of keys, as pymilvus' iterators do
            reduce_stop_for_best="True",
            consistency_level="Strong" if strong else self._consistency,
        )
        return [dict(row) for row in found]

    def scan(
        self, where: str, fields: Sequence[str], *, strong: bool = False
    ) -> Iterator[dict[str, Any]]:
        """Yield all rows that meet an expression, in the order of their keys, page by page."""
        page = self.first(where, ["key", *fields], _PAGE, strong=strong)
        while page:
            yield from page
            if len(page) < _PAGE:
                return
            after = f"({where}) and key > {quoted(page[-1]['key'])}"
            page = self.first(after, ["key", *fields], _PAGE, strong=strong)

    def scan_named(
        self,
        field: str,
        names: Iterable[str],
        fields: Sequence[str],
        also: str = "",
        *,
        strong: bool = False,
    ) -> Iterator[dict[str, Any]]:
        """Yield the rows whose field is one of some names, and that meet an expression as well."""
        for some in batched(dict.fromkeys(names), _NAMES):
            where = one_of(field, some) + (f" and {also}" if also else "")
            yield from self.scan(where, fields, strong=strong)

    def scan_once(self, where: str, fields: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield the rows that meet an expression, of each vector only the first."""
        seen = set()
        for row in self.scan(where, ["item", "box", "shared", *fields]):
            vector = row["item"], row["box"]
            if vector not in seen:
                yield row
            if row["shared"]:
                seen.add(vector)

    def count(self, where: str) -> int:
        """Count the rows that meet an expression."""
        found = self.call(
            "query",
            filter=where,
            output_fields=["count(*)"],
            consistency_level=self._consistency,
        )
        return int(found[0]["count(*)"])

    def count_vectors(self, where: str) -> int:
        """Count the vectors of rows that meet an expression: those of several sources once."""
        alone = self.count(f"{where} and not shared")
        return alone + sum(1 for _ in self.scan_once(f"{where} and shared", ()))

    def items(self, where: str, after: str, limit: int) -> list[str]:
        """Return the next ids of items in the order of code points.

        Rows are in the order of sources. Ids are hashes, so the next ones are in a narrow range,
        which is guessed; where it has too few, it is doubled.
        """
        where = f"{where} and item > {quoted(after)}"
        count, wanted = self.count(where), 2 * limit
        while True:
            bound = None if count <= _READ_WITHIN else _bound(after, wanted / count)
            within = where if bound is None else f"{where} and item < {quoted(bound)}"
            ids = {row["item"] for row in self.scan(within, ["item"])}
            if len(ids) >= limit or bound is None:
                return sorted(ids)[:limit]
            wanted *= 2

    def near(
        self, query: Vectors, where: str, fields: Sequence[str], limit: int, ef: int | None
    ) -> list[tuple[dict[str, Any], float]]:
        """Return the rows nearest to a query (dim,) that meet an expression, with their scores."""
        (found,) = self.call(
            "search",
            data=[query],
            anns_field="vector",
            filter=where,
            output_fields=list(fields),
            limit=limit,
            search_params={"metric_type": "IP", "params": {"ef": ef} if ef else {}},
            consistency_level=self._consistency,
        )
        return [(dict(hit["entity"]), float(hit["distance"])) for hit in found]

    def entries(
        self, ids: Iterable[str], *, vectors: bool, strong: bool = False
    ) -> dict[str, Entry]:
        """Return the items of these ids with all their sources."""
        fields = [*DESCRIBED, "vector"] if vectors else DESCRIBED
        return entries_of(self.scan_named("item", ids, fields, strong=strong))

    def write(self, rows: Sequence[dict[str, Any]], *, without: Iterable[str] = ()) -> None:
        """Put rows in, then take out those `without`, by key.

        All rows of a request are seen at once, together with the number of the change: those of
        a call go in one request if they take less than 16 MB.
        """
        size = max(1, _BATCH_BYTES // (4 * self.about.dim + _ROW_BYTES))
        for batch in batched(rows, size):
            self.call("upsert", data=[*batch, self._next_state()])
        gone = list(without)
        for keys in batched(gone, _NAMES):
            self.call("delete", filter=one_of("key", keys))
        if gone:
            self.note_change()

    def note_change(self) -> None:
        """Let the number of the last change grow."""
        self.call("upsert", data=[self._next_state()])

    def state(self) -> tuple[int, str]:
        """Return the number and the time of the last change."""
        found = self.first(STATE, ["stamp"], 1, strong=True)
        stamp = found[0]["stamp"] if found else {}
        return int(stamp.get("generation", 0)), str(stamp.get("changed", ""))

    def index_kind(self) -> IndexKind:
        """Return the kind of the index of vectors: FLAT compares all."""
        found = self.call("describe_index", index_name="vector") or {}
        return "HNSW" if found.get("index_type") == "HNSW" else "FLAT"

    def build_index(self, kind: IndexKind) -> None:
        """Build another index of the vectors; no search is answered meanwhile."""
        if self.index_kind() == kind:
            return
        self.call("release_collection")
        self.call("drop_index", index_name="vector")
        self.call("create_index", index_params=vector_index(kind))
        self.call("load_collection")

    def _next_state(self) -> dict[str, Any]:
        """Return the row for the next change: microseconds, so that two writers differ."""
        number = max(self.state()[0] + 1, time_ns() // 1000)
        changed = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        texts = dict.fromkeys(("item", "source", "text", "box", "modality"), "")
        flags = dict.fromkeys(("findable", "missing", "encoded", "shared"), False)
        return {
            "key": OUTSIDE,
            "part": "state",
            "metadata": {},
            "folded": {},
            "stamp": {**self.about.values(), "generation": number, "changed": changed},
            "sample": 0,
            "vector": [0.0] * self.about.dim,
            **texts,
            **flags,
        }

    def _moved(self, error: GoneError) -> CollectionError:
        connection, name = self.connection, self.connection.location.name
        try:
            about = About.of(connection, name)
        except CollectionError:
            return error
        return CollectionError(
            f"{connection.shown}: migrated to model {about.model_id!r} meanwhile; open it again"
        )


def batched(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the values, some at a time."""
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch


def _bound(after: str, share: float) -> str | None:
    """Return the end of a share of all hexadecimal ids, counted from one; None beyond the last."""
    digits = 12
    try:
        first = int(after[:digits].ljust(digits, "0"), 16)
    except ValueError:  # no hash
        return None
    last = first + int(share * (16**digits - first))
    return f"{last:0{digits}x}" if last < 16**digits else None
