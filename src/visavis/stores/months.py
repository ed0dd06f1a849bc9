"""Counts of items by month in SQLite: of the dates they were taken, and were added."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from visavis.stores.derived import Derived
from visavis.stores.metadata_columns import Column, accepted_sources, keys_of
from visavis.types import Filter

_MONTH = re.compile(r"\d{4}-\d\d", re.ASCII)


def months_taken(derived: Derived, database: sqlite3.Connection, where: Filter) -> dict[str, int]:
    """Count the items that meet a filter by the month in `taken` of their first source."""
    columns = derived.columns(database, ["taken", *keys_of(where)])
    dates = columns["taken"]
    chosen = np.flatnonzero(accepted_sources(where, columns))
    if len(np.unique(dates.items[chosen])) < len(chosen):
        chosen = _firsts(chosen, dates.items, derived.columns(database, ["source"])["source"])
    months = [_month(word) for word in dates.texts()] + [""]
    counts = np.bincount(dates.text_codes()[chosen] % len(months), minlength=len(months))
    return _in_order(zip(months, counts.tolist(), strict=True))


def months_added(
    database: sqlite3.Connection, added: str, accepted: NDArray[np.int64]
) -> dict[str, int]:
    """Count items, given by their rows, by the month they were added in."""
    months = dict(database.execute(f"SELECT row, substr({added}, 1, 7) FROM items i"))
    return _in_order(Counter(months[row] or "" for row in accepted.tolist()).items())


def _firsts(
    chosen: NDArray[np.int64], items: NDArray[np.int64], sources: Column
) -> NDArray[np.int64]:
    """Return of each item the first of its chosen sources, in the order of their names."""
    order = chosen[np.lexsort((sources.codes[chosen], items[chosen]))]
    is_first = np.append(True, np.diff(items[order]) != 0)
    first: NDArray[np.int64] = order[is_first]
    return first


def _month(date: str) -> str:
    found = _MONTH.match(date)
    return found[0] if found else ""


def _in_order(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for month, count in counts:
        total[month] += count
    return {
        month: total[month] for month in sorted(total, key=lambda m: (not m, m)) if total[month]
    }
