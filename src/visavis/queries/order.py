"""The order of hits by a value of their metadata, written as `taken` or `-taken`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from visavis.errors import QueryError
from visavis.queries.filters import unknown_key
from visavis.types import Hit


def in_order(
    hits: Sequence[Hit], sort: str, types: Callable[[], Mapping[str, AbstractSet[str]]]
) -> list[Hit]:
    """Return hits in the order of a metadata value, descending if its key follows a minus.

    Numbers come before texts; hits without the value come last, whatever the direction, and of
    equal values the better hit comes first. `types` returns the keys that there are, as
    `VectorStore.metadata_types` does: it is asked only if no hit has the value. Raises QueryError
    for a key that no item has.
    """
    key = sort_key(sort)
    having = [hit for hit in hits if _value(hit, key) is not None]
    if hits and not having and key not in (known := types()):
        raise unknown_key(key, known)
    without = [hit for hit in hits if _value(hit, key) is None]
    having.sort(key=lambda hit: _value(hit, key) or (), reverse=sort.startswith("-"))
    return having + without


def sort_key(sort: str) -> str:
    """Return the key of an order; raises QueryError if there is none."""
    key = sort.removeprefix("-") if isinstance(sort, str) else ""
    if not key.strip():
        raise QueryError(f"sort {sort!r}: a key of the metadata, such as taken or -taken")
    return key


def _value(hit: Hit, key: str) -> tuple[bool, str | float] | None:
    value = hit.metadata.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return isinstance(value, str), value
