"""Filters as SQL, for SQLite: see `visavis.types.Condition` for their meaning."""

from __future__ import annotations

import re
import sqlite3
from functools import lru_cache

import numpy as np

from visavis.distances import distances_km
from visavis.stores.filter_clauses import FIXED, Clause, FilterClauses, Value
from visavis.types import Near

_METADATA = """CASE json_type(s.metadata, ?)
    WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE json_extract(s.metadata, ?) END"""


class SQLiteClauses(FilterClauses):
    """Conditions in the SQL of SQLite, with functions that `register_functions` adds to it."""

    def near(self, near: Near) -> Clause:
        """Ask for the great-circle distance of a position."""
        clause = """coalesce(distance_km(json_extract(s.metadata, '$.latitude'),
            json_extract(s.metadata, '$.longitude'), ?, ?) <= ?, 0)"""
        return clause, [near.latitude, near.longitude, near.kilometres]

    def matches(self, key: str, pattern: Value) -> Clause:
        """Ask whether a value matches a pattern."""
        subject, path = _subject(key)
        return f"like_pattern({subject}, ?)", [*path, pattern]

    def compares(self, key: str, operator: str, value: Value) -> Clause:
        """Compare numbers with numbers and texts with texts."""
        subject, path = _subject(key)
        kind = "('text')" if isinstance(value, str) else "('integer', 'real')"
        clause = f"typeof({subject}) IN {kind} AND {subject} {operator} ?"
        parameters = [*path, *path, value]
        if not path:
            return clause, parameters
        one = f"""EXISTS (SELECT 1 FROM json_each(s.metadata, ?) each
            WHERE each.type IN {kind} AND each.value {operator} ?)"""
        return (
            f"CASE json_type(s.metadata, ?) WHEN 'array' THEN {one} ELSE {clause} END",
            [path[0], path[0], value, *parameters],
        )


compile_filter = SQLiteClauses().compile


def value_sql(key: str) -> tuple[str, str]:
    """Return SQL for the type of a value, as JSON calls it, and for the value.

    Each has a parameter, the path of the key, unless the key is one of `FIXED`.
    """
    if key in FIXED:
        return "'text'", FIXED[key]
    return "json_type(s.metadata, ?)", "json_extract(s.metadata, ?)"


def _subject(key: str) -> tuple[str, list[str]]:
    if key in FIXED:
        return FIXED[key], []
    return _METADATA, [f'$."{key}"'] * 2


def like_pattern(value: str | float | None, pattern: str | float) -> bool:
    """Tell whether a value matches the pattern of a `~` condition."""
    if value is None:
        return False
    return _regex(_text(pattern)).search(_text(value).casefold()) is not None


@lru_cache(maxsize=64)
def _regex(pattern: str) -> re.Pattern[str]:
    complete = "*" in pattern or "?" in pattern
    pieces = [re.escape(piece).replace(r"\?", ".") for piece in pattern.casefold().split("*")]
    if not complete or len(pieces) == 1:
        return re.compile(rf"\A{pieces[0]}\Z" if complete else pieces[0], re.DOTALL)
    first, *middle, last = pieces
    # Atomic groups: to give up what a piece between two stars first matched would not help, and
    # trying every alternative takes exponential time.
    between = "".join(rf"(?>.*?{piece})" for piece in middle)
    return re.compile(rf"\A{first}{between}.*{last}\Z", re.DOTALL)


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.15g}"


def distance_km(
    latitude: str | float | None, longitude: str | float | None, *other: float
) -> float | None:
    """Return the distance of two positions; None if one is no position."""
    numbers = isinstance(latitude, int | float) and isinstance(longitude, int | float)
    if not numbers:
        return None
    return float(distances_km(np.array([[latitude, longitude]], np.float64), *other)[0])


def register_functions(database: sqlite3.Connection) -> None:
    """Teach a connection the functions that compiled filters call."""
    database.create_function("like_pattern", 2, like_pattern, deterministic=True)
    database.create_function("distance_km", 4, distance_km, deterministic=True)
