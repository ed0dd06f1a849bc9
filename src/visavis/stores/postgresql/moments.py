"""Moments of the vectors in PostgreSQL, kept in a table until the generation changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from visavis.moments import Moments
from visavis.types import Modality

if TYPE_CHECKING:
    from psycopg import Connection

MOST = 50_000
"""Vectors to compute from: of more, a fair sample, whose deviations are off by 0.3 %."""

_RANKED = "FROM vectors v WHERE v.findable AND v.modality = %s AND {chosen}"
_KEEP = """INSERT INTO moments VALUES (%s, %s, %s, %s, %s) ON CONFLICT (name) DO UPDATE SET
    generation = excluded.generation, count = excluded.count, mean = excluded.mean,
    second = excluded.second"""


def read_moments(connection: Connection[Any], name: str, generation: int) -> Moments | None:
    """Return the moments kept under a name, if they are of this generation."""
    row = connection.execute(
        "SELECT count, mean, second FROM moments WHERE name = %s AND generation = %s",
        (name, generation),
    ).fetchone()
    if row is None:
        return None
    mean, second = (np.frombuffer(values, "<f8") for values in row[1:])
    return Moments(row[0], mean, second.reshape(len(mean), len(mean)))


def keep_moments(connection: Connection[Any], name: str, generation: int, moments: Moments) -> None:
    """Keep moments under a name."""
    values = (each.astype("<f8").tobytes() for each in (moments.mean, moments.second))
    connection.execute(_KEEP, (name, generation, moments.count, *values))


def compute_moments(
    connection: Connection[Any], modality: Modality, dim: int, *, regions: bool
) -> Moments:
    """Compute moments from the vectors that a search ranks, or from a sample of them."""
    ranked = _RANKED.format(chosen="TRUE" if regions else "v.box = ''")
    row = connection.execute(f"SELECT count(*) {ranked}", (modality,)).fetchone()
    count = int(row[0]) if row else 0
    step = max(1, count // MOST)
    # Of the numbers themselves, every second one is of an image where texts were added in turns.
    sql = f"SELECT v.vector {ranked} AND hashint8(v.item) %% %s = 0"
    sample = connection.execute(sql, (modality, step), binary=True)
    rows = [vector.to_numpy() for (vector,) in sample]
    vectors = np.stack(rows) if rows else np.empty((0, dim), np.float32)
    found = Moments.of(vectors)
    return Moments(count, found.mean, found.second)
