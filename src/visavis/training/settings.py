"""Typed settings from TOML tables: keys, types and ranges are checked as they are read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from visavis.errors import TrainingError, suggest

Table = Mapping[str, Any]
_TYPES = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    tuple[str, ...]: "a list of texts",
}


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `least` to `most`; the ends are included unless they are `open`."""

    least: float = 0
    most: float = math.inf
    open_least: bool = False
    open_most: bool = False

    def __contains__(self, value: float) -> bool:
        above = value > self.least if self.open_least else value >= self.least
        below = value < self.most if self.open_most or self.most == math.inf else value <= self.most
        return above and below

    def __str__(self) -> str:
        if self.most == math.inf:
            return f"above {self.least:g}" if self.open_least else f"{self.least:g} or more"
        if self.open_least:
            return f"above {self.least:g}, up to {self.most:g}"
        return f"from {self.least:g} to {'below ' if self.open_most else ''}{self.most:.15g}"


NOT_NEGATIVE = Range()
COUNT = Annotated[int, Range(1)]
POSITIVE = Annotated[float, Range(open_least=True)]
RATE = Annotated[float, Range(0, 1)]
SHARE = Annotated[float, Range(0, 1)]
DROPOUT = Annotated[float, Range(0, 1, open_most=True)]


def build(kind: type[Any], table: Table, where: str) -> Any:
    """Make a dataclass of a table; raise TrainingError naming the wrong key or value.

    `where` stands before keys in messages, such as `image.`.
    """
    hints = get_type_hints(kind, include_extras=True)
    check_keys(table, list(hints), where)
    values = {key: check_value(hints[key], value, where + key) for key, value in table.items()}
    return kind(**values)


def check_keys(table: Table, known: list[str], where: str) -> None:
    """Raise TrainingError for the first key that is not known, naming the nearest."""
    for key in table:
        if key not in known:
            raise TrainingError(f"unknown key {where + key!r}; {suggest(key, known, where)}")


def check_value(hint: Any, value: Any, key: str) -> Any:
    """Return a value as its declared type has it: a choice, a flag, a number, a text, a list."""
    allowed = NOT_NEGATIVE
    if get_origin(hint) is Annotated:
        hint, allowed = get_args(hint)
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise TrainingError(f"{key} = {value!r}; expected one of {', '.join(get_args(hint))}")
        return value
    if hint == tuple[str, ...] and isinstance(value, list) and all(type(v) is str for v in value):
        return tuple(value)
    if hint is float and type(value) is int:
        value = float(value)
    if type(value) is not hint:
        raise TrainingError(f"{key} = {value!r}; expected {_TYPES[hint]}")
    if hint in {int, float} and value not in allowed:
        raise TrainingError(f"{key} = {value!r}; expected a number, {allowed}")
    return value
