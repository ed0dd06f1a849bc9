"""URLs of collections in Milvus."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args
from urllib.parse import parse_qsl, unquote, urlsplit

from visavis.errors import CollectionError
from visavis.stores.urls import split_url

DEFAULT = "visavis"
PORT = 19530
Consistency: TypeAlias = Literal["strong", "bounded"]
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
_OPTIONS = ("consistency", "database")


@dataclass(frozen=True, slots=True)
class Location:
    """A server, and the name of the collection there.

    `milvus+http://user:password@host:19530/photos?consistency=bounded&database=archive`: the
    collection is `visavis` if none is named. `strong` consistency, the default, sees all that was
    written before; `bounded` may lag some seconds behind and waits for nothing.
    """

    uri: str
    token: str
    database: str
    name: str
    consistency: Consistency

    @classmethod
    def parse(cls, url: str) -> Location:
        """Read a URL; raises CollectionError for a name or an option that cannot be."""
        parts = split_url(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        name = unquote(parts.path.strip("/")) or DEFAULT
        if not _NAME.fullmatch(name):
            raise CollectionError(f"collection {name!r}: expected letters, digits and _")
        if unknown := sorted(options.keys() - _OPTIONS):
            raise CollectionError(f"option {unknown[0]!r}: known are {', '.join(_OPTIONS)}")
        return cls(
            f"{parts.scheme.removeprefix('milvus+')}://{parts.hostname}:{_port(url)}",
            ":".join(unquote(each) for each in (parts.username, parts.password) if each),
            options.get("database", ""),
            name,
            _consistency(options.get("consistency", "strong")),
        )


def _port(url: str) -> int:
    try:
        return urlsplit(url).port or PORT
    except ValueError:
        raise CollectionError("the port in the URL is no number from 0 to 65535") from None


def _consistency(value: str) -> Consistency:
    for known in get_args(Consistency):
        if value == known:
            return known  # type: ignore[no-any-return]
    raise CollectionError(f"consistency {value!r}: known are {', '.join(get_args(Consistency))}")
