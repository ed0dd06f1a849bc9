"""What results can be filtered by: metadata that has few values."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import islice
from typing import Any

from visavis.collection import Collection
from visavis.server.answers import visible
from visavis.server.service import Service

_VALUES = 24
"""A menu of more would help no one."""
_ITEMS = 20_000
"""A larger collection is judged by this many of its items."""
_LONGEST = 80
_FACTS = {"name", "bytes", "modified", "width", "height"}
"""What `index` notes of every file: no one filters by exact values of these."""


def list_fields(service: Service) -> dict[str, Any]:
    """Return the keys of metadata with few values, and how often each occurs."""
    collection = service.collection
    key = "fields", collection.store.generation
    return {"fields": service.view(key, lambda: _count(collection))}


def _count(collection: Collection) -> Sequence[dict[str, Any]]:
    counts: defaultdict[str, Counter[tuple[type, Any]]] = defaultdict(Counter)
    for item in islice(collection.items(), _ITEMS):
        for name, value in visible(item.metadata).items():
            if name not in _FACTS and _is_short(value):
                counts[name][type(value), value] += 1
    return [
        {"key": name, "values": [_value(value, n) for (_, value), n in values.most_common()]}
        for name, values in sorted(counts.items())
        if 1 < len(values) <= _VALUES
    ]


def _is_short(value: object) -> bool:
    return isinstance(value, str | int | float) and len(str(value)) <= _LONGEST


def _value(value: str | float, count: int) -> dict[str, Any]:
    return {"value": value, "count": count}
