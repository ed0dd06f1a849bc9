"""Fair samples of the items of a collection in SQLite."""

from __future__ import annotations

import sqlite3

import numpy as np
from numpy.typing import NDArray


def sampled_rows(database: sqlite3.Connection, step: int) -> NDArray[np.int64]:
    """Return one in `step` of the rows that items may have (n,), ascending and the same each time.

    They are drawn at random: where images and texts were added in turns, every second row would be
    of one modality only.
    """
    (last,) = database.execute("SELECT coalesce(max(row), 0) FROM items").fetchone()
    drawn = np.random.default_rng(0).choice(last, last // step, replace=False, shuffle=False)
    return np.sort(drawn) + 1
