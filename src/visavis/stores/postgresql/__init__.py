"""PostgreSQL with pgvector: a collection that several machines index and search."""

from visavis.stores.postgresql.store import PostgreSQLStore

__all__ = ["PostgreSQLStore"]
