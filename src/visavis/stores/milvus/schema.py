"""The fields of a collection in Milvus, and what its first row says of all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal, TypeAlias

from visavis.errors import CollectionError
from visavis.stores.milvus.connection import Connection

VERSION = 1
LONGEST = 65_535
"""Bytes that a text or the metadata of a source may have."""
Part: TypeAlias = Literal["image", "text", "regions", "orphan", "state"]
"""What a row is: the partition key, so that a search of images reads no regions."""
STATE = 'part == "state"'
"""The one row that counts changes, and names the model."""
SAMPLE_OF = 10_000
"""Values of the field `sample`, by which a fair share of all items is read."""
IndexKind: TypeAlias = Literal["FLAT", "HNSW"]
INDEXES: dict[IndexKind, dict[str, int]] = {"FLAT": {}, "HNSW": {"M": 24, "efConstruction": 200}}


@dataclass(frozen=True, slots=True)
class About:
    """The model of the vectors, and their length: it never changes, migration makes another."""

    model_id: str
    dim: int

    @classmethod
    def of(cls, connection: Connection, collection: str) -> About:
        """Read it from the row of the state; raises CollectionError for a collection of others."""
        try:
            (row,) = connection.call(
                "query",
                collection,
                filter=STATE,
                output_fields=["stamp"],
                limit=1,
                consistency_level="Strong",
            )
            values = row["stamp"]
            version, about = int(values["visavis"]), cls(values["model_id"], int(values["dim"]))
        except (KeyError, TypeError, ValueError):
            name = connection.location.name
            raise CollectionError(f"{connection.shown}: {name!r} was not made by visavis") from None
        if version > VERSION:
            raise CollectionError(
                f"{connection.shown}: its rows are of version {version}, this visavis knows "
                f"{VERSION}: upgrade visavis"
            )
        return about

    def values(self) -> dict[str, Any]:
        """Return what the row of the state holds of it."""
        return {"visavis": VERSION, "model_id": self.model_id, "dim": self.dim}


def table_name(name: str, number: int, about: About) -> str:
    """Return the name of the Milvus collection that holds the rows: an alias leads to it."""
    digest = sha256(repr(about).encode()).hexdigest()[:8]
    return f"{name}__{number}_{digest}"


def table_number(name: str, table: str) -> int | None:
    """Return the number in the name of a Milvus collection; None for those of others."""
    found = re.fullmatch(rf"{re.escape(name)}__(\d+)_[0-9a-f]{{8}}", table)
    return int(found[1]) if found else None


def create_table(connection: Connection, table: str, about: About) -> None:
    """Make the Milvus collection for rows of a model, ready to be searched."""
    from pymilvus import DataType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False)
    for field in ("key", "item", "source", "text"):
        schema.add_field(
            field,
            DataType.VARCHAR,
            max_length=LONGEST,
            is_primary=field == "key",
            nullable=field == "text",
        )
    schema.add_field("part", DataType.VARCHAR, max_length=16, is_partition_key=True)
    for field, length in (("modality", 16), ("box", 64)):
        schema.add_field(field, DataType.VARCHAR, max_length=length)
    for field in ("metadata", "folded", "stamp"):
        schema.add_field(field, DataType.JSON)
    for field in ("findable", "missing", "encoded", "shared"):
        schema.add_field(field, DataType.BOOL)
    schema.add_field("sample", DataType.INT16)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=about.dim)
    indexes = vector_index("FLAT")
    for field in ("item", "source"):
        indexes.add_index(field, index_type="INVERTED")
    connection.call("create_collection", table, schema=schema)
    connection.call("create_index", table, index_params=indexes, sync=False)  # nothing to wait for
    connection.call("load_collection", table)


def vector_index(kind: IndexKind) -> Any:
    """Return the parameters of an index of the vectors."""
    from pymilvus import MilvusClient

    indexes = MilvusClient.prepare_index_params()
    indexes.add_index("vector", index_type=kind, metric_type="IP", params=INDEXES[kind])
    return indexes
