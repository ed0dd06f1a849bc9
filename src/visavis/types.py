"""The values that cross module borders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Literal, Self, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from visavis.errors import QueryError

Modality: TypeAlias = Literal["image", "text"]
Operator: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">=", "~"]
Vectors: TypeAlias = NDArray[np.float32]
"""Float32 rows of unit length, shape (n, dim)."""

Pixels: TypeAlias = NDArray[np.uint8]
"""An RGB image, shape (height, width, 3), values 0 to 255."""

Metadata: TypeAlias = Mapping[str, Any]
"""JSON values by name."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the upright image; `x`, `y` is its upper left corner."""

    x: int
    y: int
    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.width},{self.height}"


@dataclass(frozen=True, slots=True)
class Item:
    """An image or a text in a collection.

    `id` is a hash of the content, so the same image under two names is one item;
    `source` is a path or a dataset key; `text` is set for texts only.
    """

    id: str
    modality: Modality
    source: str
    text: str | None = None
    metadata: Metadata = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: the item's fields, and how well it fits, in [-1, 1].

    The score is the cosine similarity to a query of one term; for several terms it is what
    their fusion says, see `visavis.queries.fusion`. The relevance is a probability, or None where
    the model has none: see `visavis.collection.Collection.search`.
    """

    id: str
    score: float
    modality: Modality
    source: str
    text: str | None = None
    box: Box | None = None
    metadata: Metadata = field(default_factory=dict, hash=False)
    relevance: float | None = None


class Hits(list[Hit]):
    """Hits, best first; `exact` tells whether the query was compared with every vector."""

    def __init__(self, hits: Iterable[Hit] = (), *, exact: bool = True) -> None:
        super().__init__(hits)
        self.exact = exact

    @classmethod
    def merged(cls, parts: Iterable[Hits], k: int) -> Self:
        """Return the k best of several searches; of equal scores the first by id."""
        found = list(parts)
        best = sorted((hit for hits in found for hit in hits), key=lambda hit: (-hit.score, hit.id))
        return cls(best[:k], exact=all(hits.exact for hits in found))


@dataclass(frozen=True, slots=True)
class Condition:
    """One test on an item's metadata, such as `split = "train"` or `width >= 800`.

    `key` names a metadata value, or is one of `id`, `modality`, `text` and `source`.

    - A number is compared with numbers only, a text with texts only; `true` and `false` are texts.
      A number that was `written` by a person, in a date or a code perhaps, is compared with texts
      as it was written: `modified >= 2026`.
    - A list is compared by each of its values: `album = summer` asks for it among them.
    - `!=` is the opposite of `=`: it also holds where the key is absent.
    - `~` asks whether a value contains the one given, and ignores case. With `*` (anything) or
      `?` (one character), the value given is a pattern for the complete value.

    Raises QueryError for an operator, key or value that cannot be.
    """

    key: str
    operator: Operator
    value: str | float
    written: str | None = None

    def __post_init__(self) -> None:
        if self.operator not in get_args(Operator):
            raise QueryError(
                f"operator {self.operator!r}: known are {' '.join(get_args(Operator))}"
            )
        if not isinstance(self.key, str) or not self.key or '"' in self.key:
            raise QueryError(f"key {self.key!r}: a key is a text without double quotes")
        number = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        if not isinstance(self.value, str) and not (number and isfinite(self.value)):
            raise QueryError(f"value {self.value!r}: a value is a text or a finite number")
        for text in (self.key, str(self.value), self.written or ""):
            _check_unicode(text)


@dataclass(frozen=True, slots=True)
class Near:
    """A test on where an image was taken: at most so many kilometres from a position in degrees.

    Distances are those on a sphere. Raises QueryError for a position or a distance that cannot be.
    """

    latitude: float
    longitude: float
    kilometres: float

    def __post_init__(self) -> None:
        values = (self.latitude, self.longitude, self.kilometres)
        if not all(isinstance(value, int | float) and isfinite(value) for value in values):
            raise QueryError(f"near {values}: latitude, longitude and kilometres are numbers")
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):  # noqa: PLR2004
            raise QueryError(
                f"near {self.latitude:g},{self.longitude:g}: latitudes go from -90 to 90, "
                "longitudes from -180 to 180"
            )
        if self.kilometres <= 0:
            raise QueryError(f"near: {self.kilometres:g} km; a distance is more than 0")


Filter: TypeAlias = tuple[Condition | Near, ...]
"""Conditions that must all hold; the empty filter accepts everything."""


def _check_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise QueryError(f"condition on {text!r}: not UTF-8") from None
