"""Conditions on metadata, as written after `--where`: `split=train`, `width>=800`, `city~par`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import isfinite

from visavis.errors import QueryError
from visavis.types import Condition, Filter

_CONDITION = re.compile(
    r"\s*([^=!<>~]*[^=!<>~\s])\s*(!=|<=|>=|=|<|>|~)\s*([^=\s].*?)\s*", re.DOTALL
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_QUOTED = re.compile(r"""(["'])(.*)\1""", re.DOTALL)


def parse_filter(conditions: Iterable[str]) -> Filter:
    """Read conditions that must all hold; raises QueryError for one that makes no sense."""
    return tuple(parse_condition(condition) for condition in conditions)


def parse_condition(condition: str) -> Condition:
    """Read one condition `key operator value`; the operators are = != < <= > >= and ~.

    `~` asks whether the value is contained. A value that reads as a number is compared as
    a number; quotes keep it a text: `code="007"`.
    """
    match = _CONDITION.fullmatch(condition)
    if not match:
        raise QueryError(
            f"condition {condition!r} is not 'key=value'; others are such as 'width>=800', 'city~par'"
        )
    key, operator, value = match.groups()
    return Condition(key, operator, _value(value, numeric=operator != "~"))  # type: ignore[arg-type]


def _value(value: str, *, numeric: bool) -> str | float:
    if quoted := _QUOTED.fullmatch(value):
        return quoted[2]
    if numeric and _NUMBER.fullmatch(value) and isfinite(float(value)):
        return float(value)
    return value
