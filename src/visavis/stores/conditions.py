"""Conditions of a filter, asked of an item in Python: see `visavis.types.Condition`."""

from __future__ import annotations

import json
import operator
from typing import Any

from visavis.stores.filter_clauses import FIXED
from visavis.stores.filter_sql import distance_km, like_pattern
from visavis.types import Condition, Filter, Item, Near

COMPARE = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def meets(item: Item, where: Filter) -> bool:
    """Tell whether an item at its source meets all conditions."""
    return all(_meets(item, condition) for condition in where)


def as_text(value: Any) -> str | float | None:
    """Return a JSON value as `~` sees it: lists and objects as they are written in JSON."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    found: str | float | None = value
    return found


def _meets(item: Item, condition: Condition | Near) -> bool:
    if isinstance(condition, Near):
        position = item.metadata.get("latitude"), item.metadata.get("longitude")
        away = distance_km(*position, condition.latitude, condition.longitude)
        return away is not None and away <= condition.kilometres
    key = condition.key
    value = getattr(item, key) if key in FIXED else item.metadata.get(key)
    if condition.operator == "~":
        return like_pattern(as_text(value), condition.value)
    if condition.operator == "!=":
        return not _compares(value, "=", condition)
    return _compares(value, condition.operator, condition)


def _compares(value: Any, sign: str, condition: Condition) -> bool:
    """Compare texts with texts and numbers with numbers; of a list, one has to fit."""
    if isinstance(value, list):
        return any(
            _compares(each, sign, condition) for each in value if not isinstance(each, bool | list)
        )
    text = as_text(value)
    if text is None or isinstance(value, dict):
        return False
    return any(
        isinstance(wanted, str) == isinstance(text, str) and bool(COMPARE[sign](text, wanted))
        for wanted in (condition.value, condition.written)
        if wanted is not None
    )
