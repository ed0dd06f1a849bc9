"""Conditions that clients may set: none that would let them spell out what is not shown."""

from __future__ import annotations

from collections.abc import Sequence

from visavis.queries import parse_filter
from visavis.server.problems import Problem
from visavis.server.responses import HIDDEN
from visavis.types import Condition, Filter


def filter_of(where: Sequence[str], lang: str | None) -> Filter:
    """Read conditions; raises QueryError, and Problem for keys that are not shown."""
    conditions = parse_filter(where, lang=lang)
    for condition in conditions:
        if isinstance(condition, Condition):
            refuse_hidden(condition.key)
    return conditions


def refuse_hidden(key: str) -> None:
    """Raise Problem for a key whose values are not shown."""
    if key in {"source", *HIDDEN}:
        raise Problem("key-not-shown", key=key)
