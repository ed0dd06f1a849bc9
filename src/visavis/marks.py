"""Marks: metadata that people set on items, such as albums and favourites."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

from visavis.collection import Collection
from visavis.errors import QueryError
from visavis.queries.algebra import check_unicode
from visavis.stores import MarkableStore, unsupported
from visavis.types import Metadata

ALBUM = "album"
RESERVED = frozenset(
    [
        "id",
        "modality",
        "source",
        "text",
        "lang",
        "image",
        "folder",
        "name",
        "bytes",
        "modified",
        "width",
        "height",
        "orientation",
        "latitude",
        "longitude",
    ]
)
"""Keys that tell what an item is, or where."""
MOST = 50
"""Marks of one item."""
LONGEST = 10_000
"""Characters of the marks of one item, as JSON."""

_KEY = re.compile(r"[^\W_][\w .:-]{0,63}")


def mark(
    collection: Collection,
    ids: Sequence[str],
    values: Mapping[str, Any] | None = None,
    *,
    add_to: Iterable[str] = (),
    remove_from: Iterable[str] = (),
) -> int:
    """Set values on items, None to remove them; put the items into albums, and take them out.

    Marks are in the metadata that filters see: `favourite=true`, `album=summer`. An item may be
    in several albums. Marks stay when files are indexed again and when the collection is migrated.
    Returns how many items were changed; unknown ids are passed over. Raises QueryError for a key or
    a value that cannot be, CollectionError if the engine keeps no marks.
    """
    store = collection.store
    if not isinstance(store, MarkableStore):
        raise unsupported(store, "keeps no marks")
    given = dict(values or {})
    _check(given)
    into, out_of = set(add_to), set(remove_from)
    for album in into:
        check_unicode(album)
    albums = {item.id: item.metadata.get(ALBUM) for item in store.get(ids)}

    def change(item_id: str, marks: Metadata) -> Metadata:
        new = {key: value for key, value in {**marks, **given}.items() if value is not None}
        if into or out_of:
            there = new.get(ALBUM) if ALBUM in given else albums.get(item_id)
            names = sorted(({*_names(there)} | into) - out_of)
            new.pop(ALBUM, None)
            new |= {ALBUM: names} if names else {}
        if len(new) > MOST or len(json.dumps(new, ensure_ascii=False)) > LONGEST:
            raise QueryError(f"item {item_id}: at most {MOST} marks, of {LONGEST:,} characters")
        return new

    return store.mark(ids, change)


def _names(albums: object) -> list[str]:
    if isinstance(albums, list):
        return [str(each) for each in albums]
    return [] if albums is None else [str(albums)]


def _check(values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if key in RESERVED or not _KEY.fullmatch(key):
            raise QueryError(
                f"{key!r} cannot be set: a key is a name of at most 64 letters, digits and "
                f"spaces, none of {', '.join(sorted(RESERVED))}"
            )
        for each in value if isinstance(value, list) else [value]:
            is_number = isinstance(each, int | float)
            if (
                each is not None
                and not isinstance(each, str)
                and not (is_number and isfinite(each))
            ):
                raise QueryError(f"{key}: {each!r}: a text, a number, true, false, or a list")
            if isinstance(each, str):
                check_unicode(each)
