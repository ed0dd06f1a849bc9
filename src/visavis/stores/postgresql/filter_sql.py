"""Filters as SQL, for PostgreSQL: see `visavis.types.Condition` for their meaning."""

from __future__ import annotations

import re

from visavis.distances import EARTH_KM
from visavis.stores.filter_clauses import FIXED, Clause, FilterClauses, Value
from visavis.types import Near

_VALUE = "s.metadata -> %s"
_TEXT = "s.metadata ->> %s"
_LATITUDE = "(s.metadata ->> 'latitude')::float8"
_LONGITUDE = "(s.metadata ->> 'longitude')::float8"
# CASE, as PostgreSQL may else cast a value before it looks at its type.
_NEAR = f"""CASE WHEN jsonb_typeof(s.metadata -> 'latitude') = 'number'
    AND jsonb_typeof(s.metadata -> 'longitude') = 'number'
    THEN {2 * EARTH_KM} * asin(sqrt(least(1, sind(({_LATITUDE} - %s::float8) / 2) ^ 2
        + cosd({_LATITUDE}) * cosd(%s::float8) * sind(({_LONGITUDE} - %s::float8) / 2) ^ 2)))
        <= %s::float8
    ELSE FALSE END"""


class PostgreSQLClauses(FilterClauses):
    """Conditions in the SQL of PostgreSQL."""

    def near(self, near: Near) -> Clause:
        """Ask for the great-circle distance of a position, by the haversine formula."""
        here = [near.latitude, near.latitude, near.longitude]
        return _NEAR, [*here, near.kilometres]

    def matches(self, key: str, pattern: Value) -> Clause:
        """Ask whether a value matches a pattern."""
        subject, path = (FIXED[key], []) if key in FIXED else (_TEXT, [key])
        return f"lower({subject}) ~ %s", [*path, regular_expression(pattern)]

    def compares(self, key: str, operator: str, value: Value) -> Clause:
        """Compare numbers with numbers and texts with texts."""
        if key in FIXED:
            if not isinstance(value, str):
                return "FALSE", []
            return f'{FIXED[key]} {operator} %s COLLATE "C"', [value]
        # CASE, as PostgreSQL may else cast a value before it looks at its type.
        if isinstance(value, str):
            alone = f"""(jsonb_typeof({_VALUE}) IN ('string', 'boolean')
                AND {_TEXT} COLLATE "C" {operator} %s)"""
            each = f"""jsonb_typeof(each) = 'string'
                AND (each #>> '{{}}') COLLATE "C" {operator} %s"""
        else:
            alone = f"""CASE WHEN jsonb_typeof({_VALUE}) = 'number'
                THEN ({_TEXT})::numeric {operator} %s::numeric ELSE FALSE END"""
            each = f"""CASE WHEN jsonb_typeof(each) = 'number'
                THEN (each #>> '{{}}')::numeric {operator} %s::numeric ELSE FALSE END"""
        return (
            f"""CASE WHEN jsonb_typeof({_VALUE}) = 'array'
            THEN EXISTS (SELECT 1 FROM jsonb_array_elements({_VALUE}) each WHERE {each})
            ELSE {alone} END""",
            [key, key, value, key, key, value],
        )


compile_filter = PostgreSQLClauses().compile


def regular_expression(value: str | float) -> str:
    """Return the regular expression of a `~` condition, for lower-case texts."""
    wanted = (value if isinstance(value, str) else f"{value:.15g}").lower()
    if not re.search(r"[*?]", wanted):
        return _escape(wanted)
    return "^" + _escape(wanted).replace(r"\*", ".*").replace(r"\?", ".") + "$"


def _escape(text: str) -> str:
    return re.sub(r"([\\.^$*+?()\[\]{}|])", r"\\\1", text)
