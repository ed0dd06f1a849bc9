"""Filters as expressions of Milvus, and the values in them.

What an expression cannot say is left out: it then accepts too much, and the rest is asked of each
row by `visavis.stores.conditions`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import asin, cos, degrees, radians, sin

from visavis.distances import EARTH_KM
from visavis.stores.conditions import COMPARE
from visavis.types import Condition, Filter, Near

_FIELDS = {"id": "item", "modality": "modality", "text": "text", "source": "source"}
_NOTHING = 'part == ""'
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})
_MARGIN = 1e-6
LIST = "[]"
"""Ends the keys among the folded values that say where lists are."""


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression; `complete` tells whether it accepts no more than the filter does.

    That holds if none of the keys that it compares is a list in any row.
    """

    text: str
    complete: bool = True
    keys: tuple[str, ...] = ()


def compile_filter(where: Filter) -> Expression:
    """Return an expression with each condition after an `and`; it accepts too much at most."""
    parts = [_compile(condition) for condition in where]
    text = "".join(f" and ({part.text})" for part in parts if part.text)
    keys = (key for part in parts for key in part.keys)
    return Expression(text, all(part.complete for part in parts), tuple(dict.fromkeys(keys)))


def is_list(key: str) -> str:
    """Return the expression for rows whose metadata hold a list there."""
    return f"exists folded[{quoted(key + LIST)}]"


def quoted(text: str) -> str:
    """Return a text as an expression holds it."""
    return f'"{text.translate(_ESCAPES)}"'


def one_of(field: str, values: Iterable[str]) -> str:
    """Return the expression for a field that is one of some values."""
    return f"{field} in [{', '.join(map(quoted, values))}]"


def _compile(condition: Condition | Near) -> Expression:
    if isinstance(condition, Near):
        return Expression(_around(condition), complete=False)
    if condition.operator == "!=":  # how Milvus negates what is absent depends on its version
        return Expression("", complete=False)
    if condition.operator == "~":
        return _like(condition)
    wanted = (condition.value, condition.written)
    compared = [_compare(condition, value) for value in wanted if value is not None]
    if condition.key in _FIELDS:
        return Expression(" or ".join(compared))
    return Expression(" or ".join([*compared, is_list(condition.key)]), keys=(condition.key,))


def _like(condition: Condition) -> Expression:
    """Ask the folded values; what `like` gives a meaning may be any character."""
    value = condition.value
    wanted = (value if isinstance(value, str) else f"{value:.15g}").casefold()
    pattern = wanted if "*" in wanted or "?" in wanted else f"*{wanted}*"
    for special in "%_\\":
        pattern = pattern.replace(special, "?")
    likeness = pattern.replace("*", "%").replace("?", "_")
    complete = not any(special in wanted for special in "%_\\")
    return Expression(f"folded[{quoted(condition.key)}] like {quoted(likeness)}", complete)


def _compare(condition: Condition, value: str | float) -> str:
    sign = "==" if condition.operator == "=" else condition.operator
    if field := _FIELDS.get(condition.key):
        return f"{field} {sign} {quoted(value)}" if isinstance(value, str) else _NOTHING
    subject = f"metadata[{quoted(condition.key)}]"
    if not isinstance(value, str):
        return f"{subject} {sign} {value!r}"
    compare = COMPARE[condition.operator]
    booleans = [word for word in ("true", "false") if compare(word, value)]
    return " or ".join(
        [f"{subject} {sign} {quoted(value)}", *(f"{subject} == {word}" for word in booleans)]
    )


def _around(near: Near) -> str:
    """Ask for a rectangle of degrees around the position, or a band if a pole is near."""
    angle = near.kilometres / EARTH_KM
    limits = [("latitude", near.latitude, degrees(angle))]
    if abs(near.latitude) + degrees(angle) < 90:  # noqa: PLR2004
        width = degrees(asin(sin(angle) / cos(radians(near.latitude))))
        if abs(near.longitude) + width < 180:  # noqa: PLR2004 - else it reaches beyond the date line
            limits.append(("longitude", near.longitude, width))
    return " and ".join(
        f'metadata["{key}"] >= {middle - reach - _MARGIN!r}'
        f' and metadata["{key}"] <= {middle + reach + _MARGIN!r}'
        for key, middle, reach in limits
    )
