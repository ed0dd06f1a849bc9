"""Metadata by column: the values of one key for all sources, so that a filter reads no JSON.

A column is derived from the database like a matrix: made once for a state, then mapped from a
file. It answers a condition on 500,000 items in a millisecond; see `benchmarks/filters.py`.
"""

from __future__ import annotations

import json
import operator
import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visavis.distances import EARTH_KM, distances_km
from visavis.files import replacing
from visavis.stores.checksum import checksum
from visavis.stores.column_words import join_words, word
from visavis.stores.filter_clauses import FIXED
from visavis.stores.filter_sql import like_pattern, value_sql
from visavis.types import Condition, Filter, Near

Mask = NDArray[np.bool_]

NOTHING, NUMBER, TEXT, OTHER = range(4)
"""Kinds of values; others are lists and objects, as JSON."""
_OF_TYPE = {"integer": NUMBER, "real": NUMBER, "text": TEXT, "true": TEXT, "false": TEXT}
_HEADER = 128
_WASTE = 1000
_ROUNDING = 1e-6
"""Degrees by which a band of latitudes is wider, so that rounding leaves nothing out."""
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Column:
    """The values of one key: one a source that is not missing, in the order of items and sources.

    `words` holds each text once, in the order of code points, as UTF-8 one after the other; text
    n ends at `ends[n]`. A `code` is the number of a source's text.
    """

    items: NDArray[np.int64]
    numbers: NDArray[np.float64]
    ends: NDArray[np.int64]
    codes: NDArray[np.int32]
    kinds: NDArray[np.uint8]
    words: NDArray[np.uint8]

    @classmethod
    def of(cls, rows: Iterable[tuple[int, str | None, str | float | None]]) -> Column:
        """Make a column from rows of an item, the JSON type of the value, and the value."""
        items, types, values = [list(each) for each in zip(*rows, strict=True)] or ([], [], [])
        kinds = [_kind(*each) for each in zip(types, values, strict=True)]
        texts = [_text(*each) for each in zip(types, values, strict=True)]
        numbers = [v if k == NUMBER else nan for k, v in zip(kinds, values, strict=True)]
        unique = sorted({text for text in texts if text is not None})
        code: dict[str | None, int] = {text: number for number, text in enumerate(unique)}
        encoded = [text.encode() for text in unique]
        return cls(
            np.array(items, np.int64),
            np.array(numbers, np.float64),
            np.cumsum([len(each) for each in encoded], dtype=np.int64),
            np.array([code.get(text, -1) for text in texts], np.int32),
            np.array(kinds, np.uint8),
            np.frombuffer(b"".join(encoded), np.uint8),
        )

    @property
    def is_mostly_waste(self) -> bool:
        """Whether most texts belong to no source any more."""
        return len(self.ends) > 2 * len(self.items) + _WASTE

    def patched(self, kept: Mask, new: Column) -> Column:
        """Return a column of the items of this one that are kept, by row, and those of another.

        No item may be in both. Texts that belong to no source any more stay among the words.
        """
        chosen = kept[self.items]
        (ends, words), ours, theirs = join_words((self.ends, self.words), (new.ends, new.words))
        items = self.items[chosen]
        places = np.searchsorted(items, new.items)

        def inserted(old: NDArray[Any], more: NDArray[Any]) -> NDArray[Any]:
            return np.insert(old[chosen], places, more)

        return Column(
            np.insert(items, places, new.items),
            inserted(self.numbers, new.numbers),
            ends,
            inserted(ours[self.codes], theirs[new.codes]),
            inserted(self.kinds, new.kinds),
            words,
        )

    def meets(self, condition: Condition) -> Mask:
        """Tell for each source whether its value meets a condition."""
        if condition.operator == "~":
            return self._matches(condition.value)
        sign = "=" if condition.operator == "!=" else condition.operator
        mask = self._compared(sign, condition.value)
        if condition.written is not None:
            mask |= self._compared(sign, condition.written)
        return ~mask if condition.operator == "!=" else mask

    def _compared(self, sign: str, value: str | float) -> Mask:
        if (self.kinds == OTHER).any():
            return self._compared_alone(sign, value) | self._compared_in_lists(sign, value)
        return self._compared_alone(sign, value)

    def _compared_in_lists(self, sign: str, value: str | float) -> Mask:
        """Tell where one of the values of a list compares so."""
        kind = str if isinstance(value, str) else float
        compare = _COMPARE[sign]

        def fits(word: str) -> bool:
            values = json.loads(word) if word.startswith("[") else []
            values = [float(v) if _is_number(v) else v for v in values]
            return any(isinstance(each, kind) and compare(each, value) for each in values)

        by_code = np.array([*(fits(word) for word in self.texts()), False])
        mask: Mask = by_code[self.codes] & (self.kinds == OTHER)
        return mask

    def _compared_alone(self, sign: str, value: str | float) -> Mask:
        if not isinstance(value, str):
            alone: Mask = _COMPARE[sign](self.numbers, float(value))
            return alone
        low, high = self._find(value)
        codes = self.codes
        first, end = {
            "=": (low, high),
            "<": (0, low),
            "<=": (0, high),
            ">": (high, len(self.ends)),
            ">=": (low, len(self.ends)),
        }[sign]
        mask: Mask = (codes >= first) & (codes < end) & (self.kinds == TEXT)
        return mask

    def _find(self, text: str) -> tuple[int, int]:
        """Return the codes from which on texts are not less than, and greater than, a text."""
        wanted, numbers = text.encode(), range(len(self.ends))
        return bisect_left(numbers, wanted, key=self._word), bisect_right(
            numbers, wanted, key=self._word
        )

    def _word(self, code: int) -> bytes:
        return word((self.ends, self.words), code)

    def texts(self) -> list[str]:
        """Return each text once, in the order of their codes."""
        return [self._word(code).decode() for code in range(len(self.ends))]

    def text_codes(self) -> NDArray[np.int32]:
        """Return the code of each source's text; -1 where the value is none."""
        return np.where(self.kinds == TEXT, self.codes, -1)

    def _matches(self, pattern: str | float) -> Mask:
        fits = np.array([*(like_pattern(word, pattern) for word in self.texts()), False])
        mask: Mask = fits[self.codes]  # the code -1 of no text finds the last
        if (self.kinds == NUMBER).any():
            numbers, inverse = np.unique(self.numbers, return_inverse=True)
            mask |= np.array([x == x and like_pattern(float(x), pattern) for x in numbers])[inverse]  # noqa: PLR0124
        return mask


def accepted_items(where: Filter, columns: dict[str, Column]) -> Mask:
    """Return a mask by row of items: those with a source that meets all conditions."""
    some = next(iter(columns.values()))
    mask = accepted_sources(where, columns)
    accepted = np.zeros(int(some.items.max(initial=0)) + 1, np.bool_)
    accepted[some.items[mask]] = True
    return accepted


def accepted_sources(where: Filter, columns: dict[str, Column]) -> Mask:
    """Return a mask of the sources that meet all conditions, by their position in the columns."""
    mask = np.ones(len(next(iter(columns.values())).items), np.bool_)
    for condition in where:
        if not isinstance(condition, Near):
            mask &= columns[condition.key].meets(condition)
    for condition in where:
        if isinstance(condition, Near):
            mask = _near(condition, columns, mask)
    return mask


def keys_of(where: Filter) -> list[str]:
    """Return the keys of the metadata that a filter asks for."""
    keys = (("latitude", "longitude") if isinstance(each, Near) else (each.key,) for each in where)
    return list(dict.fromkeys(key for some in keys for key in some))


def read_columns(
    database: sqlite3.Connection, keys: Sequence[str], rows: list[int] | None = None
) -> dict[str, Column]:
    """Read columns of several keys in one pass, of some items or of all."""
    if not keys:
        return {}
    chosen = "" if rows is None else "AND s.item IN (SELECT value FROM json_each(?))"
    chosen_rows = [] if rows is None else [json.dumps(rows)]
    wanted = ", ".join(f"{kind}, {value}" for kind, value in (value_sql(key) for key in keys))
    paths = [path for key in keys if key not in FIXED for path in [f'$."{key}"'] * 2]
    found = database.execute(
        f"""SELECT s.item, {wanted} FROM sources s JOIN items i ON i.row = s.item
        WHERE NOT s.missing {chosen} ORDER BY s.item, s.rowid""",
        [*paths, *chosen_rows],
    ).fetchall()
    return {
        key: Column.of((row[0], row[2 * n + 1], row[2 * n + 2]) for row in found)
        for n, key in enumerate(keys)
    }


def count_findable(database: sqlite3.Connection) -> int:
    """Count the sources that are not missing: each is in every column."""
    (count,) = database.execute("SELECT count(*) FROM sources WHERE NOT missing").fetchone()
    return int(count)


def existing_rows(database: sqlite3.Connection, size: int) -> Mask:
    """Return a mask of the rows of items that there are, up to a size."""
    found = database.execute("SELECT row FROM items WHERE row < ?", (size,))
    mask = np.zeros(size, np.bool_)
    mask[np.fromiter((row for (row,) in found), np.int64)] = True
    return mask


def load_column(path: Path, tag: bytes) -> Column | None:
    """Map the column at `path`, or return None if absent, damaged or tagged otherwise."""
    try:
        data = np.memmap(path, np.uint8, "r")
    except (OSError, ValueError):
        return None
    if len(data) < _HEADER or not data[:_HEADER].tobytes().startswith(tag + b"\0"):
        return None
    count, texts = data[_HEADER - 24 : _HEADER - 8].view(np.int64).tolist()
    sizes = (8 * count, 8 * count, 8 * texts, 4 * count, count)
    if min(count, texts) < 0 or _HEADER + sum(sizes) > len(data):
        return None
    parts = np.split(np.asarray(data[_HEADER:]), np.cumsum(sizes))
    types: tuple[Any, ...] = (np.int64, np.float64, np.int64, np.int32, np.uint8, np.uint8)
    arrays: list[Any] = [part.view(kind) for part, kind in zip(parts, types, strict=True)]
    column = Column(*arrays)
    return column if data[:_HEADER].tobytes() == _header(tag, column) else None


def save_column(path: Path, tag: bytes, column: Column) -> None:
    """Write a column so that others see all of it or none; do nothing where none can be kept."""
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as file:
            file.write(_header(tag, column))
            for array in _arrays(column):
                file.write(array.tobytes())


def _near(near: Near, columns: dict[str, Column], among: Mask) -> Mask:
    """Tell which sources are near: distances are only computed of those in its latitudes."""
    latitudes, longitudes = columns["latitude"].numbers, columns["longitude"].numbers
    band = np.degrees(near.kilometres / EARTH_KM) + _ROUNDING
    rows = np.flatnonzero(among & (np.abs(latitudes - near.latitude) <= band))
    degrees = np.stack([latitudes[rows], longitudes[rows]], axis=1)
    mask = np.zeros(len(among), np.bool_)
    mask[rows] = distances_km(degrees, near.latitude, near.longitude) <= near.kilometres
    return mask


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _kind(json_type: str | None, value: str | float | None) -> int:
    return NOTHING if value is None else _OF_TYPE.get(json_type or "null", OTHER)


def _text(json_type: str | None, value: str | float | None) -> str | None:
    if json_type in {"true", "false"}:
        return json_type
    return value if isinstance(value, str) else None


def _arrays(column: Column) -> list[NDArray[np.generic]]:
    return [getattr(column, each.name) for each in fields(column)]


def _header(tag: bytes, column: Column) -> bytes:
    """Return the tag, how many sources and texts there are, and the checksum of all arrays."""
    counts = np.array([len(column.items), len(column.ends)], np.int64)
    check = checksum(counts, *_arrays(column))
    return tag.ljust(_HEADER - 24, b"\0") + counts.tobytes() + check.to_bytes(8, "little")
