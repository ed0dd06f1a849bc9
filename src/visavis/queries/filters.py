"""Conditions on metadata, as written after `--where`: `split=train`, `width>=800`, `city~par`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from math import isfinite
from typing import TypeAlias

from visavis.errors import QueryError, suggest
from visavis.types import Condition, Filter, Near

Where: TypeAlias = str | Condition | Near | Iterable[str | Condition | Near]
"""Conditions that must all hold, as strings or ready."""

_CONDITION = re.compile(
    r"\s*([^=!<>~]*[^=!<>~\s])\s*(!=|<=|>=|=|<|>|~)\s*([^=!<>~\s].*?)\s*", re.DOTALL
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_NEAR = re.compile(
    r"\s*([+-]?\d+\.?\d*)\s*,\s*([+-]?\d+\.?\d*)\s*,\s*(\d*\.?\d+)\s*(km|m)?\s*", re.IGNORECASE
)
_DATE_KEYS = ("taken", "modified")
_PERIOD = re.compile(r"\d{4}(-\d\d){0,2}")
_OF_PERIODS = ("=", "<=", ">")
"""Operators for which the first moment of a period does not stand for it."""
_FIXED_KEYS = ("id", "modality", "source", "text")
_QUOTED = re.compile(r"""(["'])(.*)\1""", re.DOTALL)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]+)*")


def parse_filter(where: Where = (), *, lang: str | None = None) -> Filter:
    """Read conditions, and one more on the language if given, in any case; raises QueryError."""
    if isinstance(where, str | Condition | Near):
        where = [where]
    if not isinstance(where, Iterable):
        raise QueryError(f"where {where!r}: give conditions such as 'split=train'")
    conditions = tuple(each if isinstance(each, Near) else parse_condition(each) for each in where)
    return conditions + ((_language(lang),) if lang else ())


def _language(lang: str) -> Condition:
    code = lang.strip().lower()
    if not _LANGUAGE.fullmatch(code):
        raise QueryError(f"language {lang!r}: give its code, such as en or fr")
    return Condition("lang", "=", code)


def parse_condition(condition: str | Condition) -> Condition:
    """Read one condition `key operator value`; the operators are = != < <= > >= and ~.

    A value that reads as a number is compared with numbers as a number, and with texts as it is
    written; quotes make it a text: `code="007"`. In conditions on dates a year, a month or a day
    stands for all of it: `taken<=2023-06` holds until the end of June. Raises QueryError, with
    examples.
    """
    if isinstance(condition, Condition):
        return condition
    match = _CONDITION.fullmatch(condition) if isinstance(condition, str) else None
    if not match:
        raise QueryError(
            f"condition {condition!r} is not 'key=value'; others are such as 'width>=800', "
            "'city~par', and quotes keep a value as it is: 'formula=\"=a\"'",
            "condition-invalid",
            condition=str(condition),
        )
    key, operator, value = match.groups()
    if key in _DATE_KEYS and _PERIOD.fullmatch(value) and operator in _OF_PERIODS:
        return _within_period(key, operator, value)
    if quoted := _QUOTED.fullmatch(value):
        return Condition(key, operator, quoted[2])  # type: ignore[arg-type]
    if operator != "~" and _NUMBER.fullmatch(value) and isfinite(float(value)):
        return Condition(key, operator, float(value), value)  # type: ignore[arg-type]
    return Condition(key, operator, value)  # type: ignore[arg-type]


def _within_period(key: str, operator: str, period: str) -> Condition:
    """Return a condition on dates in which a year, a month or a day stands for all of it."""
    if operator == "=":
        return Condition(key, "~", f"{period}*")
    return Condition(key, operator, f"{period}\U0010ffff")  # type: ignore[arg-type]


def parse_near(near: str) -> Near:
    """Read a position and a distance, `45.76,4.83,10km`; raises QueryError, with an example."""
    match = _NEAR.fullmatch(near)
    if not match:
        raise QueryError(
            f"near {near!r}: write latitude,longitude,distance, such as 45.76,4.83,10km or "
            "45.76,4.83,500m",
            "near-invalid",
            near=near,
        )
    latitude, longitude, distance = (float(match[group]) for group in (1, 2, 3))
    return Near(latitude, longitude, distance / (1000 if (match[4] or "").lower() == "m" else 1))


def check_filter(where: Filter, known: Mapping[str, AbstractSet[str]]) -> None:
    """Raise QueryError for a condition that no item can meet.

    `known` holds the types of the values of each key, as `VectorStore.metadata_types` returns them.
    """
    types = {**dict.fromkeys(_FIXED_KEYS, frozenset({"text"})), **known}
    for condition in where:
        if isinstance(condition, Near):
            if "latitude" not in types:
                raise QueryError("no item has coordinates: nothing is near", "coordinates-missing")
        elif condition.operator != "!=":
            _check(condition, types)


def unknown_key(key: str, known: Iterable[str]) -> QueryError:
    """Return the error for a key that no item has."""
    names = sorted(known)
    hint = suggest(key, names)
    near = f"{hint} there are: " if hint.startswith("did") else "there are: "
    there = ", ".join(names)
    return QueryError(
        f"no item has a key {key!r}; {near}{there}", "key-unknown", key=key, known=there
    )


def _check(condition: Condition, types: Mapping[str, AbstractSet[str]]) -> None:
    key, there = condition.key, types.get(condition.key)
    if there is None:
        raise unknown_key(key, types)
    given = "text" if isinstance(condition.value, str) else "number"
    if "other" in there:
        return  # what its lists hold is not known
    if condition.operator != "~" and not there & {given, "text" if condition.written else given}:
        raise QueryError(
            f"{key} {condition.operator} {condition.value!r}: the values of {key!r} are "
            f"{' and '.join(sorted(there))}s, and this is a {given}",
            "types-differ",
            key=key,
            value=str(condition.value),
        )
