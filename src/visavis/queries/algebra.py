"""Queries as sums of weighted texts and images: `image("dress.jpg") + 2 * text("in red")`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, TypeAlias

from visavis.errors import QueryError
from visavis.types import Box, Modality


@dataclass(frozen=True, slots=True)
class Term:
    """A text, or an image (a path or the bytes of a file), with its weight.

    A negative weight pushes results away from the term. `box` takes a region of an image. Raises
    QueryError for an empty text or image, a text that is not Unicode, a weight that is 0 or not
    finite, and an impossible box.
    """

    weight: float
    modality: Modality
    value: str | bytes
    box: Box | None = None

    def __post_init__(self) -> None:
        if not isfinite(self.weight) or self.weight == 0:
            raise QueryError(f"weight {self.weight:g}: a term's weight must be finite and not 0")
        if self.modality == "text" and isinstance(self.value, bytes):
            raise QueryError("a text is a string, not bytes")
        if not (self.value.strip() if isinstance(self.value, str) else self.value):
            raise QueryError(
                f"the query has an empty {self.modality}; give one, such as 'a red dress'"
            )
        if self.modality == "text":
            check_unicode(str(self.value))
        if self.box:
            self._check(self.box)

    def _check(self, box: Box) -> None:
        if self.modality == "text":
            raise QueryError(f"box {box}: only an image has boxes, {self} is a text")
        if box.x < 0 or box.y < 0 or box.width < 1 or box.height < 1:
            raise QueryError(f"box {box}: x and y start at 0, width and height at 1 (pixels)")

    def __str__(self) -> str:
        weight = "" if abs(self.weight) == 1 else f"{abs(self.weight):g}:"
        box = f"@{self.box}" if self.box else ""
        if isinstance(self.value, bytes):
            return f"{weight}<image of {len(self.value):,} bytes>{box}"
        return f"{weight}{self.value}{box}"


@dataclass(frozen=True, slots=True)
class Query:
    """A query of at least one term. Add, subtract and multiply queries to make others."""

    terms: tuple[Term, ...]

    def __post_init__(self) -> None:
        if not self.terms:
            raise QueryError(
                "the query is empty; give a text such as 'a red dress', or an image", "query-empty"
            )

    def __add__(self, other: Query) -> Query:
        return Query(self.terms + other.terms) if isinstance(other, Query) else NotImplemented

    def __radd__(self, other: int) -> Query:
        return self if other == 0 else NotImplemented  # sum() starts with 0

    def __sub__(self, other: Query) -> Query:
        return self + -other if isinstance(other, Query) else NotImplemented

    def __neg__(self) -> Query:
        return -1 * self

    def __mul__(self, weight: float) -> Query:
        return Query(tuple(replace(term, weight=weight * term.weight) for term in self.terms))

    __rmul__ = __mul__

    def balanced(self, balance: float) -> Query:
        """Shift weight between images and texts: 0 is images only, 1 texts only, 0.5 no change.

        Weights of images are multiplied by 2 · (1 - balance), those of texts by 2 · balance. A
        query of images only, or of texts only, stays the same. Raises QueryError for a balance
        outside [0, 1].
        """
        if not 0 <= balance <= 1:
            raise QueryError(f"balance {balance:g}: from 0 (images only) to 1 (texts only)")
        factor = {"image": 2 * (1 - balance), "text": 2 * balance}
        if len({term.modality for term in self.terms}) < len(factor):
            return self
        kept = (term for term in self.terms if factor[term.modality])
        return Query(tuple(replace(t, weight=t.weight * factor[t.modality]) for t in kept))

    @property
    def single_text(self) -> str | None:
        """The text of a query that asks for one text and nothing else."""
        first, *others = self.terms
        is_one = not others and first.modality == "text" and first.weight > 0
        return str(first.value) if is_one else None

    @property
    def texts(self) -> list[str]:
        """The texts among the terms."""
        return [str(term.value) for term in self.terms if term.modality == "text"]

    def __str__(self) -> str:
        first, *others = self.terms
        start = f"- {first}" if first.weight < 0 else str(first)
        return start + "".join(f" {'-' if t.weight < 0 else '+'} {t}" for t in others)

    def to_words(self) -> list[str]:
        """Return the command-line arguments for this query, as `parse_query` reads them.

        Raises QueryError for an image given as bytes, which has no name.
        """
        return [
            word for term in self.terms for word in ("-+"[term.weight > 0], _term_to_word(term))
        ]

    def to_json(self) -> dict[str, Any]:
        """Return `{"terms": [{"weight": 1.0, "text": …}, {"weight": -1.0, "image": path}]}`.

        Image bytes become `image_base64`; a box is `[x, y, width, height]`.
        """
        return {"terms": [_term_to_json(term) for term in self.terms]}

    @classmethod
    def from_json(cls, data: Any, sources: Mapping[str, TermSource] | None = None) -> Query:
        """Read the JSON form of a query; `weight` may be left out. Raises QueryError.

        `{"terms": …, "balance": 0.7}` shifts weight from images to texts: see `balanced`.
        `sources` maps each key that may hold the content of a term to a function from its value
        to a query of one term; by default `text`, `image` (a path) and `image_base64`.
        """
        terms = data.get("terms") if isinstance(data, Mapping) else None
        if not isinstance(terms, list):
            raise QueryError('a query is {"terms": [{"text": "a red dress"}]}')
        sources = TERM_SOURCES if sources is None else sources
        query = cls(tuple(_term_from_json(term, sources) for term in terms))
        return query.balanced(_number("balance", data.get("balance", 0.5)))


def text(value: str) -> Query:
    """Make a query of one text, of any length; raises QueryError if it is empty."""
    return Query((Term(1.0, "text", value),))


def image(source: str | os.PathLike[str] | bytes, box: Box | None = None) -> Query:
    """Make a query of one image, a file or the bytes of one; `box` takes a region of it."""
    value = source if isinstance(source, bytes) else os.fspath(source)
    return Query((Term(1.0, "image", value, box),))


def decode_image(value: str) -> bytes:
    """Return the bytes of an image in base64; raises QueryError."""
    from base64 import b64decode

    try:
        return b64decode(value, validate=True)
    except ValueError as error:
        raise QueryError(f"image_base64 is not base64: {error}") from None


TermSource: TypeAlias = Callable[[str], Query]
TERM_SOURCES: Mapping[str, TermSource] = {
    "text": text,
    "image": image,
    "image_base64": lambda value: image(decode_image(value)),
}


def check_unicode(value: str) -> None:
    """Refuse surrogates, as from a terminal of another encoding or half an emoji in JSON."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise QueryError(f"the text {value!r} is not UTF-8") from None


def _term_to_word(term: Term) -> str:
    if isinstance(term.value, bytes):
        raise QueryError(f"{term}: only an image in a file has a name to be called by")
    box = f"@{term.box}" if term.box else ""
    return f"{abs(term.weight)!r}:{term.modality}:{term.value}{box}"


def _term_to_json(term: Term) -> dict[str, Any]:
    if isinstance(term.value, bytes):
        from base64 import b64encode

        value = {"image_base64": b64encode(term.value).decode()}
    else:
        value = {term.modality: term.value}
    box = {"box": [term.box.x, term.box.y, term.box.width, term.box.height]} if term.box else {}
    return {"weight": term.weight, **value, **box}


def _term_from_json(data: Any, sources: Mapping[str, TermSource]) -> Term:
    given = [key for key in sources if key in data] if isinstance(data, Mapping) else []
    if len(given) != 1:
        *first, last = sources
        raise QueryError(f"a term has one of {', '.join(first)} or {last}")
    known = {*sources, "weight", "box"}
    if unknown := data.keys() - known:
        raise QueryError(f"{min(map(str, unknown))!r}: a term has only {', '.join(sorted(known))}")
    weight = _number("weight", data.get("weight", 1.0))
    box = _box_from_json(data["box"]) if data.get("box") is not None else None
    (term,) = sources[given[0]](_string(data[given[0]])).terms
    return replace(term, weight=weight, box=box)


def _number(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise QueryError(f"{name} {value!r} is not a number")
    try:
        return float(value)
    except OverflowError:
        raise QueryError(f"{name} has {len(str(value))} digits: too large a number") from None


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise QueryError(f"{value!r} is not a string")
    return value


def _box_from_json(value: Any) -> Box:
    if not isinstance(value, list) or [type(number) for number in value] != [int] * 4:
        raise QueryError(f"box {value!r}: a box is [x, y, width, height] in whole pixels")
    return Box(*value)
