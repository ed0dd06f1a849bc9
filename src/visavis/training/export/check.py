"""Compare the vectors of a new model folder with those of the model it was made from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from visavis.errors import ModelError
from visavis.types import Vectors

LEAST_COSINE = 0.9999


def check_cosines(
    folder: Path,
    pairs: Iterable[tuple[Vectors, Vectors]],
    least: float = LEAST_COSINE,
    *,
    original: str = "torch",
) -> float:
    """Return the lowest cosine between pairs of unit vectors, (…, dim) each.

    Raises ModelError, naming the `folder` and the `original`, if it is below `least` or not a
    number.
    """
    lowest = min(float((old * new).sum(axis=-1).min()) for old, new in pairs)
    if not lowest >= least:
        raise ModelError(f"{folder}: lowest cosine to {original} {lowest:.6f}, expected {least}")
    return lowest
