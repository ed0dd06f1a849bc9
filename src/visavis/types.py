"""The plain values that cross module borders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Modality: TypeAlias = Literal["image", "text"]
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
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: the item's fields, and how well it fits, in [-1, 1].

    The score is the cosine similarity to a query of one term; for several terms it is what
    their fusion says, see `visavis.queries.fusion`.
    """

    id: str
    score: float
    modality: Modality
    source: str
    text: str | None = None
    box: Box | None = None
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Condition:
    """One test on an item's metadata, such as `split = "train"` or `width >= 800`."""

    key: str
    operator: Literal["=", "!=", "<", "<=", ">", ">=", "~"]
    value: str | float


Filter: TypeAlias = tuple[Condition, ...]
"""Conditions that must all hold; the empty filter accepts everything."""
