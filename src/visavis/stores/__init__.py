"""Where vectors live and are ranked."""

from visavis.stores.base import Record, SourceState, Stamp, VectorStore

__all__ = ["Record", "SourceState", "Stamp", "VectorStore"]
