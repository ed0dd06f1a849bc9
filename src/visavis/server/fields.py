"""What results can be filtered by: metadata that has few values."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from visavis.server.answers import visible
from visavis.server.service import Service

_VALUES = 24
"""A menu of more would help no one."""
_ITEMS = 20_000
"""A larger collection is judged by this many of its items."""
_LONGEST = 80


def list_fields(service: Service) -> dict[str, Any]:
    """Return the keys of metadata with few values, and how often each occurs."""
    key = "fields", service.collection.store.generation
    known = service.answers.get(key)
    if not isinstance(known, list):
        known = _count(service)
        service.answers.put(key, known)
    return {"fields": known}


def _count(service: Service) -> Sequence[dict[str, Any]]:
    store = service.collection.store
    ids = sorted({state.id for state in store.sources().values() if not state.missing})
    counts: defaultdict[str, Counter[tuple[type, Any]]] = defaultdict(Counter)
    for item in store.get(ids[:_ITEMS]):
        for name, value in visible(item.metadata).items():
            if isinstance(value, str | int | float) and len(str(value)) <= _LONGEST:
                counts[name][type(value), value] += 1
    return [
        {"key": name, "values": [_value(value, n) for (_, value), n in values.most_common()]}
        for name, values in sorted(counts.items())
        if 1 < len(values) <= _VALUES
    ]


def _value(value: str | float, count: int) -> dict[str, Any]:
    return {"value": value, "count": count}
