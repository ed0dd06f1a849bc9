"""Values found in image files, and how texts and dates are cleaned."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

CAPTION_KEYS = ("description", "keywords")
"""Keys of the metadata that are searchable as texts, too."""
MAX_LETTERS = 2_000
"""Longer texts are cut: the model reads their first hundreds of letters at most."""
HIGHEST_RATING = 5

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
_DATE = re.compile(
    r"(\d{4})[:-](\d\d)[:-](\d\d)[T ](\d\d:\d\d)(:\d\d)?(?:\.\d+)?(Z|[+-]\d\d:\d\d)?"
)


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """A text and the ISO 639 code of its language, or "" if the file does not say."""

    text: str
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Tags:
    """What one of the three standards says of an image; None or empty where it says nothing.

    `taken` is ISO 8601 in local time, with the offset from UTC if there is one. Coordinates are
    in degrees, north and east positive.
    """

    taken: str | None = None
    camera: str | None = None
    lens: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    orientation: int | None = None
    rating: int | None = None
    place: str | None = None
    country: str | None = None
    descriptions: tuple[EmbeddedText, ...] = ()
    keywords: tuple[str, ...] = ()


NOTHING = Tags()


def clean_text(value: object) -> str:
    """Return a text in one line without unprintable characters, or "" for what is no text."""
    if not isinstance(value, str):
        return ""
    return " ".join(_UNPRINTABLE.sub(" ", value).split())[:MAX_LETTERS]


def read_date(value: object, offset: object = None) -> str | None:
    """Return a date of EXIF or XMP as ISO 8601, None for what is no date.

    A separate `offset` from UTC, such as `+02:00`, is appended.
    """
    match = _DATE.match(clean_text(value))
    if not match:
        return None
    year, month, day, minutes, seconds, zone = match.groups()
    zone = zone or clean_text(offset)
    date = f"{year}-{month}-{day}T{minutes}{seconds or ':00'}"
    for candidate in (date + zone, date):
        try:
            return datetime.fromisoformat(candidate).isoformat()
        except ValueError:
            continue  # a month 13, or an offset of blanks
    return None


def read_rating(value: object) -> int | None:
    """Return 0 to 5 stars, or None: -1 means that a program has rejected the image."""
    try:
        rating = int(float(str(value)))
    except ValueError:
        return None
    return rating if 0 <= rating <= HIGHEST_RATING else None


def unique_texts(values: Iterable[object]) -> tuple[str, ...]:
    """Return cleaned texts in order, without empty ones and without repetitions in another case."""
    texts: dict[str, str] = {}
    for text in map(clean_text, values):
        texts.setdefault(text.casefold(), text)
    return tuple(text for text in texts.values() if text)
