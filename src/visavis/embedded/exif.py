"""EXIF: what cameras write, read by Pillow."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from math import isfinite
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

# Tags that Pillow does not name: those of Windows, in UTF-16.
_RATING, _XP_TITLE, _XP_COMMENT, _XP_KEYWORDS, _XP_SUBJECT = 0x4746, 0x9C9B, 0x9C9C, 0x9C9E, 0x9C9F
_UPRIGHT, _LAST_ORIENTATION = 1, 8
_MAKERS_WORDS = re.compile(
    r"((sanyo|vivitar|samsung|konica minolta) )?digital camera|(minolta|sony) dsc"
    r"|olympus digital camera|kodak digital still camera|samsung( camera pictures)?|digimax.*"
    r"|casio computer.*|exif_?jpeg[\w ]*|dcim\\.*|(dsc|img|dji|pict|p)_?\d+(\.\w+)?"
    r"|jpeg|default|untitled|screenshot|r?hdr(pl)?|cof|sdr|dav|rbt|mde|fbt|oznor"
    r"|((created|made|file written) (with|by)|software:) .*",
    re.IGNORECASE,
)
"""Descriptions that cameras and programs write into every image."""


def read_exif(image: Image) -> Tags:
    """Read the EXIF tags of an image; raises any exception for damaged ones."""
    from PIL.ExifTags import IFD, Base

    exif = image.getexif()
    details, gps = exif.get_ifd(IFD.Exif), exif.get_ifd(IFD.GPSInfo)
    latitude, longitude = _position(gps)
    return Tags(
        taken=read_date(details.get(Base.DateTimeOriginal), details.get(Base.OffsetTimeOriginal))
        or read_date(details.get(Base.DateTimeDigitized), details.get(Base.OffsetTimeDigitized)),
        camera=_camera(_text(exif.get(Base.Make)), _text(exif.get(Base.Model))),
        lens=_text(details.get(Base.LensModel)) or None,
        latitude=latitude,
        longitude=longitude,
        orientation=_orientation(exif.get(Base.Orientation)),
        rating=read_rating(exif.get(_RATING)),
        descriptions=_descriptions(exif),
        keywords=unique_texts(_windows_text(exif.get(_XP_KEYWORDS)).split(";")),
    )


def _camera(make: str, model: str) -> str | None:
    """Return maker and model; many models begin with their maker's name."""
    is_named = not make or make.split(maxsplit=1)[0].casefold() in model.casefold()
    return (model if is_named else f"{make} {model}".strip()) or None


def _orientation(value: Any) -> int | None:
    return value if value in range(_UPRIGHT, _LAST_ORIENTATION + 1) else None


def _position(gps: Mapping[int, Any]) -> tuple[float | None, float | None]:
    """Return latitude and longitude in degrees, or nothing if either makes no sense."""
    from PIL.ExifTags import GPS

    try:
        latitude = _degrees(gps[GPS.GPSLatitude], gps.get(GPS.GPSLatitudeRef), "S", 90)
        longitude = _degrees(gps[GPS.GPSLongitude], gps.get(GPS.GPSLongitudeRef), "W", 180)
    except (ArithmeticError, KeyError, TypeError, ValueError):
        return None, None
    # Without a fix, many devices write zeros.
    return (latitude, longitude) if latitude or longitude else (None, None)


def _degrees(parts: Any, side: Any, negative: str, limit: int) -> float:
    """Return degrees, minutes and seconds as degrees; raises ValueError beyond the limit."""
    degrees, minutes, seconds = (float(part) for part in (*parts, 0, 0)[:3])
    value = round(degrees + minutes / 60 + seconds / 3600, 6)
    if not isfinite(value) or not 0 <= value <= limit:
        raise ValueError("no position on Earth")
    return -value if clean_text(side).upper().startswith(negative) else value


def _descriptions(exif: Mapping[int, Any]) -> tuple[EmbeddedText, ...]:
    """Return the first description that a person may have written."""
    from PIL.ExifTags import Base

    written = _text(exif.get(Base.ImageDescription))
    others = [_windows_text(exif.get(tag)) for tag in (_XP_COMMENT, _XP_SUBJECT, _XP_TITLE)]
    for text in unique_texts([written, *others]):
        if not _is_makers(text):
            return (EmbeddedText(text),)
    return ()


def _is_makers(text: str) -> bool:
    """Tell whether no person has written a text: makers' words, or no word at all."""
    return not re.search(r"[^\W\d_]", text) or bool(_MAKERS_WORDS.fullmatch(text))


def _text(value: Any) -> str:
    """Return a text; EXIF says ASCII, most programs write UTF-8, and Pillow reads Latin-1."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    with contextlib.suppress(AttributeError, UnicodeError):
        value = value.encode("latin-1").decode("utf-8")
    return clean_text(value)


def _windows_text(value: Any) -> str:
    raw = bytes(value) if isinstance(value, bytes | tuple) else b""
    return clean_text(raw.decode("utf-16-le", errors="ignore"))
