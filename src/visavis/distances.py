"""Distances on the Earth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

EARTH_KM = 6371.0088
"""Mean radius of the Earth."""


def distances_km(
    degrees: NDArray[np.float64], latitude: float, longitude: float
) -> NDArray[np.float64]:
    """Return great-circle distances (n,) of positions (n, 2) from one position.

    By the haversine formula, on a sphere: https://en.wikipedia.org/wiki/Haversine_formula
    """
    rows, here = np.radians(degrees), np.radians([latitude, longitude])
    half = np.sin((rows - here) / 2) ** 2
    chord = half[:, 0] + np.cos(here[0]) * np.cos(rows[:, 0]) * half[:, 1]
    distances: NDArray[np.float64] = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    return distances
