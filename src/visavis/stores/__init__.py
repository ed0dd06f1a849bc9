"""Vector stores: engines that keep the items of a collection and rank them."""

from __future__ import annotations

import re

from visavis.errors import CollectionError
from visavis.registry import Registry
from visavis.stores.abilities import (
    ApproximateStore,
    MarkableStore,
    MigratableStore,
    Migration,
    TimelineStore,
)
from visavis.stores.base import RegionStore, VectorStore, check_vectors, unsupported
from visavis.stores.following import Bookmark, Changes, FollowableStore, ItemChange
from visavis.stores.records import (
    CacheState,
    IndexState,
    Listed,
    Order,
    OrderKey,
    Place,
    Record,
    Region,
    SourceState,
    Stamp,
    Stats,
)
from visavis.stores.sqlite import SQLiteStore

STORES: Registry[type[VectorStore]] = Registry("stores")
"""Engines by the scheme of their URL; a plain path is a folder with SQLite.

PostgreSQL and Milvus come in by this package's own entry points: they are imported when asked for.
"""

STORES.register("sqlite")(SQLiteStore)


def engine_of(location: str) -> type[VectorStore]:
    """Return the engine for a folder or URL.

    Raises UnknownNameError, naming those there are, and CollectionError for an empty location.
    """
    if not location.strip():  # an unset shell variable must not mean the current folder
        raise CollectionError("the collection has an empty name; write '.' for this folder")
    scheme = re.match(r"([a-z][a-z0-9+.-]*)://", location)
    return STORES.get(scheme[1] if scheme else "sqlite")


def open_store(location: str) -> VectorStore:
    """Open the store at a folder or URL; raises CollectionError."""
    return engine_of(location).open(location)


def create_store(location: str, model_id: str, dim: int) -> VectorStore:
    """Make an empty store at a folder or URL; raises CollectionError if there is one."""
    return engine_of(location).create(location, model_id, dim)


__all__ = [
    "STORES",
    "ApproximateStore",
    "Bookmark",
    "CacheState",
    "Changes",
    "FollowableStore",
    "IndexState",
    "ItemChange",
    "Listed",
    "MarkableStore",
    "MigratableStore",
    "Migration",
    "Order",
    "OrderKey",
    "Place",
    "Record",
    "Region",
    "RegionStore",
    "SQLiteStore",
    "SourceState",
    "Stamp",
    "Stats",
    "TimelineStore",
    "VectorStore",
    "check_vectors",
    "create_store",
    "engine_of",
    "open_store",
    "unsupported",
]
