"""URLs of collections in PostgreSQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from visavis.errors import CollectionError
from visavis.stores.urls import join_url, split_url

DEFAULT = "visavis"
_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class Location:
    """A database, and the schema in it that holds the collection.

    `postgresql://user@host/database?collection=photos`: the schema is called like the
    collection, `visavis` if none is named. Other parameters are libpq's.
    """

    database: str
    schema: str

    @classmethod
    def parse(cls, url: str) -> Location:
        """Read a URL; raises CollectionError for a name that is no plain identifier."""
        parts = split_url(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        schema = options.pop("collection", DEFAULT)
        if not _NAME.fullmatch(schema):
            raise CollectionError(
                f"collection {schema!r}: expected lower-case letters, digits, - and _"
            )
        return cls(join_url(parts, parts.netloc, urlencode(options)), schema)
