"""Conditions on metadata, as written after `--where`: `split=train`, `width>=800`, `city~par`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import isfinite
from typing import TypeAlias

from visavis.errors import QueryError
from visavis.types import Condition, Filter

Where: TypeAlias = str | Condition | Iterable[str | Condition]
"""Conditions that must all hold, as strings or ready."""

_CONDITION = re.compile(
    r"\s*([^=!<>~]*[^=!<>~\s])\s*(!=|<=|>=|=|<|>|~)\s*([^=\s].*?)\s*", re.DOTALL
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_QUOTED = re.compile(r"""(["'])(.*)\1""", re.DOTALL)


def parse_filter(where: Where = (), *, lang: str | None = None) -> Filter:
    """Read conditions, and one more on the language if given; raises QueryError."""
    if isinstance(where, str | Condition):
        where = [where]
    if not isinstance(where, Iterable):
        raise QueryError(f"where {where!r}: give conditions such as 'split=train'")
    conditions = tuple(parse_condition(condition) for condition in where)
    return conditions + ((Condition("lang", "=", lang),) if lang else ())


def parse_condition(condition: str | Condition) -> Condition:
    """Read one condition `key operator value`; the operators are = != < <= > >= and ~.

    A value that reads as a number is compared as a number; quotes keep it a text: `code="007"`.
    Raises QueryError, with examples.
    """
    if isinstance(condition, Condition):
        return condition
    match = _CONDITION.fullmatch(condition) if isinstance(condition, str) else None
    if not match:
        raise QueryError(
            f"condition {condition!r} is not 'key=value'; "
            "others are such as 'width>=800', 'city~par'"
        )
    key, operator, value = match.groups()
    return Condition(key, operator, _value(value, numeric=operator != "~"))  # type: ignore[arg-type]


def _value(value: str, *, numeric: bool) -> str | float:
    if quoted := _QUOTED.fullmatch(value):
        return quoted[2]
    if numeric and _NUMBER.fullmatch(value) and isfinite(float(value)):
        return float(value)
    return value
