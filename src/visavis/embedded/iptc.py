"""IPTC: what news agencies and older photo programs write, read by Pillow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visavis.embedded.base import EmbeddedText, Tags, clean_text, read_date, unique_texts

if TYPE_CHECKING:
    from PIL.Image import Image

_KEYWORDS, _DATE, _TIME, _CITY, _STATE, _COUNTRY, _CAPTION = (
    (2, number) for number in (25, 55, 60, 90, 95, 101, 120)
)


def read_iptc(image: Image) -> Tags:
    """Read the IPTC block of a JPEG or TIFF; raises any exception for a damaged one."""
    from PIL import IptcImagePlugin
    from PIL.ImageFile import ImageFile

    found = IptcImagePlugin.getiptcinfo(image) if isinstance(image, ImageFile) else None
    if not found:
        return Tags()
    texts = {
        key: [_text(each) for each in (value if isinstance(value, list) else [value])]
        for key, value in found.items()
    }
    one = {key: values[0] for key, values in texts.items() if values}
    caption = one.get(_CAPTION, "")
    parts = [one.get(_CITY, ""), one.get(_STATE, "")]
    return Tags(
        taken=_date(one.get(_DATE, ""), one.get(_TIME, "")),
        place=", ".join(part for part in parts if part) if parts[0] else None,
        country=one.get(_COUNTRY) or None,
        descriptions=(EmbeddedText(caption),) if caption else (),
        keywords=unique_texts(texts.get(_KEYWORDS, [])),
    )


def _date(date: str, time: str) -> str | None:
    """Join `20230614` and `150211+0200`."""
    day = f"{date[:4]}-{date[4:6]}-{date[6:8]}"
    hour = f"{time[:2]}:{time[2:4]}:{time[4:6]}" if time else "00:00:00"
    zone = f"{time[6:9]}:{time[9:11]}" if time[6:] else ""
    return read_date(f"{day}T{hour}", zone)


def _text(value: Any) -> str:
    """Return a text; its declared character set is often wrong, so UTF-8 is tried first."""
    raw = bytes(value)
    try:
        return clean_text(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return clean_text(raw.decode("latin-1"))
