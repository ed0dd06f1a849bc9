"""Compare the vectors of a model folder with those of the torch model it was made from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from visavis.errors import ModelError
from visavis.types import Vectors

LEAST_COSINE = 0.9999


def check_cosines(
    folder: Path, pairs: Iterable[tuple[Vectors, Vectors]], least: float = LEAST_COSINE
) -> float:
    """Return the lowest cosine between pairs of unit vectors, (…, dim) each.

    Raises ModelError, naming the `folder`, if it is below `least` or not a number.
    """
    lowest = min(float((ours * theirs).sum(axis=-1).min()) for ours, theirs in pairs)
    if not lowest >= least:
        raise ModelError(f"{folder}: cosine to torch {lowest:.6f}, expected {least}")
    return lowest
