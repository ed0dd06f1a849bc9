"""Milvus: a collection that a cluster keeps and ranks."""

from visavis.stores.milvus.store import MilvusStore

__all__ = ["MilvusStore"]
