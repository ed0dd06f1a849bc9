"""XMP: what photo programs write, read by Pillow with defusedxml."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from visavis.embedded.base import (
    EmbeddedText,
    Tags,
    clean_text,
    read_date,
    read_rating,
    unique_texts,
)

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 1_000_000
"""Larger packets are not read: programs put thumbnails and histories of edits there."""
_MAX_TAGS = 100_000
"""Tags and attributes of a packet: each takes a hundred times the memory of its letters."""
_parsing = threading.Lock()
"""One is parsed at a time, to bound memory; parsers of XML do not run side by side anyway."""
_DATES = ("DateTimeOriginal", "DateCreated", "CreateDate")
_COORDINATE = re.compile(
    r"(?P<degrees>\d{1,3}),(?P<minutes>\d{1,2}(\.\d+)?)(,(?P<seconds>\d{1,2}))?(?P<side>[NSEW])"
)
_LANGUAGE = re.compile(r"([a-z]{2,3})(-\w+)*", re.IGNORECASE)
"""A language, without the region after it; `x-default` is none."""


def read_xmp(image: Image) -> Tags:
    """Read the XMP packet of an image; raises any exception for a damaged one."""
    packet = image.info.get("xmp", b"")
    if not packet or len(packet) > MAX_BYTES:
        return Tags()
    return tags_of(parse_packet(image))


def parse_packet(image: Image) -> Mapping[str, Any]:
    """Parse the XMP packet of an image; raises any exception for a damaged one.

    XML that could harm (entities, for example) is refused by defusedxml.
    """
    packet = image.info["xmp"]
    if packet.count(b"<") + packet.count(b"=") > _MAX_TAGS:
        raise ValueError(f"more than {_MAX_TAGS:,} tags")
    with _parsing:
        found: Mapping[str, Any] = image.getxmp()
    return found


def tags_of(xmp: Mapping[str, Any]) -> Tags:
    """Return what a parsed packet says; raises any exception for one of another structure."""
    found = _properties(xmp)
    dates = (read_date(found.get(key)) for key in _DATES)
    parts = [clean_text(found.get(key)) for key in ("City", "State")]
    latitude, longitude = _position(found)
    return Tags(
        taken=next((date for date in dates if date), None),
        lens=clean_text(found.get("Lens")) or None,
        latitude=latitude,
        longitude=longitude,
        rating=read_rating(found.get("Rating")),
        place=", ".join(part for part in parts if part) if parts[0] else None,
        country=clean_text(found.get("Country")) or None,
        descriptions=tuple(_by_language(found.get("description"))),
        keywords=unique_texts(_values(found.get("subject"))),
    )


def _position(found: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Return latitude and longitude in degrees, or nothing if either makes no sense."""
    latitude = _degrees(found.get("GPSLatitude"), "NS", 90)
    longitude = _degrees(found.get("GPSLongitude"), "EW", 180)
    if latitude is None or longitude is None or not (latitude or longitude):
        return None, None
    return latitude, longitude


def _degrees(value: object, sides: str, limit: int) -> float | None:
    """Read `45,45.6N` or `45,45,36N`: degrees, minutes and perhaps seconds."""
    match = _COORDINATE.fullmatch(clean_text(value))
    if not match or match["side"] not in sides:
        return None
    minutes, seconds = float(match["minutes"]), float(match["seconds"] or 0)
    degrees = round(int(match["degrees"]) + minutes / 60 + seconds / 3600, 6)
    if degrees > limit:
        return None
    return -degrees if match["side"] == sides[1] else degrees


def _properties(xmp: Mapping[str, Any]) -> dict[str, Any]:
    """Join the properties of all descriptions of a packet; the first of a name counts."""
    rdf = (xmp.get("xmpmeta") or xmp.get("xapmeta") or xmp).get("RDF") or {}
    found: dict[str, Any] = {}
    for description in _as_list(rdf.get("Description")):
        found = {**(description if isinstance(description, dict) else {}), **found}
    return found


def _values(container: Any) -> list[Any]:
    """Return the elements of a bag, a sequence or an alternative, or one bare value."""
    if isinstance(container, dict):
        for kind in ("Bag", "Seq", "Alt"):
            if isinstance(container.get(kind), dict):
                return _as_list(container[kind].get("li"))
    return _as_list(container)


def _by_language(container: Any) -> Iterator[EmbeddedText]:
    """Yield the texts of a language alternative, the default first.

    A default that is repeated in a language is taken for a text in that language.
    """
    texts: dict[str, str] = {}
    for value in _values(container):
        said = value if isinstance(value, dict) else {"text": value}
        match = _LANGUAGE.fullmatch(clean_text(said.get("lang")))
        if text := clean_text(said.get("text")):
            texts.setdefault(match[1].lower() if match else "", text)
    default = texts.get("")
    repeated = {lang for lang, text in texts.items() if lang and text == default}
    for lang in sorted(texts, key=lambda lang: texts[lang] != default):
        if lang or not repeated:
            yield EmbeddedText(texts[lang], lang)


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
