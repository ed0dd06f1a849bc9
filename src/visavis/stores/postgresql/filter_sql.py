"""Filters as SQL, for PostgreSQL: see `visavis.types.Condition` for their meaning."""

from __future__ import annotations

import re

from visavis.distances import EARTH_KM
from visavis.types import Condition, Filter, Near

_COLUMNS = {"id": "i.id", "modality": "i.modality", "text": "i.text", "source": "s.source"}
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


def compile_filter(where: Filter) -> tuple[str, list[str | float]]:
    """Return SQL over `items i` and `sources s`, each condition after an AND, and parameters."""
    sql, parameters = "", []
    for condition in where:
        clause, values = _compile(condition)
        sql += f" AND {clause}"
        parameters += values
    return sql, parameters


def _compile(condition: Condition | Near) -> tuple[str, list[str | float]]:
    if isinstance(condition, Near):
        return _near(condition)
    key, operator, value = condition.key, condition.operator, condition.value
    if operator == "~":
        subject, path = (_COLUMNS[key], []) if key in _COLUMNS else (_TEXT, [key])
        return f"lower({subject}) ~ %s", [*path, pattern(value)]
    positive = "=" if operator == "!=" else operator
    clause, parameters = _compare(key, positive, value)
    if condition.written is not None:
        text, texts = _compare(key, positive, condition.written)
        clause, parameters = f"({clause} OR {text})", [*parameters, *texts]
    return f"({clause}) IS NOT TRUE" if operator == "!=" else clause, parameters


def _near(near: Near) -> tuple[str, list[str | float]]:
    """Ask for the great-circle distance, by the haversine formula."""
    here = [near.latitude, near.latitude, near.longitude]
    return _NEAR, [*here, near.kilometres]


def _compare(key: str, operator: str, value: str | float) -> tuple[str, list[str | float]]:
    """Compare numbers with numbers and texts with texts; `true` and `false` are texts."""
    if key in _COLUMNS:
        if not isinstance(value, str):
            return "FALSE", []
        return f'{_COLUMNS[key]} {operator} %s COLLATE "C"', [value]
    # CASE, as PostgreSQL may else cast a value before it looks at its type.
    if isinstance(value, str):
        alone = f"""(jsonb_typeof({_VALUE}) IN ('string', 'boolean')
            AND {_TEXT} COLLATE "C" {operator} %s)"""
        each = f"""jsonb_typeof(each) = 'string' AND (each #>> '{{}}') COLLATE "C" {operator} %s"""
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


def pattern(value: str | float) -> str:
    """Return the regular expression of a `~` condition, for lower-case texts."""
    wanted = (value if isinstance(value, str) else f"{value:.15g}").lower()
    if not re.search(r"[*?]", wanted):
        return _escape(wanted)
    return "^" + _escape(wanted).replace(r"\*", ".*").replace(r"\?", ".") + "$"


def _escape(text: str) -> str:
    return re.sub(r"([\\.^$*+?()\[\]{}|])", r"\\\1", text)
