"""Joins what EXIF, XMP and IPTC say of one image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from visavis.embedded.base import NOTHING, EmbeddedText, Tags, unique_texts
from visavis.embedded.exif import read_exif
from visavis.embedded.iptc import read_iptc
from visavis.embedded.xmp import read_xmp

if TYPE_CHECKING:
    from PIL.Image import Image

_CAMERA_FIRST = ("taken", "camera", "lens", "latitude", "longitude", "orientation")
_PROGRAM_FIRST = ("rating", "place", "country")


@dataclass(frozen=True, slots=True)
class Embedded:
    """Metadata of an image by key, and its texts by key: see `CAPTION_KEYS`."""

    metadata: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, tuple[EmbeddedText, ...]] = field(default_factory=dict)

    def overlaid(self, other: Embedded) -> Embedded:
        """Return what both say, where they differ in the words of the other."""
        return Embedded({**self.metadata, **other.metadata}, {**self.texts, **other.texts})


def read_embedded(image: Image) -> Embedded:
    """Read what is embedded in an image that Pillow has opened and not closed.

    What is damaged is left out: the image itself may be sound.
    """
    exif, xmp, iptc = (_tolerant(read, image) for read in (read_exif, read_xmp, read_iptc))
    return join_tags(exif, xmp, iptc)


def join_tags(exif: Tags = NOTHING, xmp: Tags = NOTHING, iptc: Tags = NOTHING) -> Embedded:
    """Join what the standards say of an image.

    Of what is said twice, the camera's word counts for facts, that of a program for what people
    write.
    """
    metadata = {key: _first(key, exif, xmp, iptc) for key in _CAMERA_FIRST}
    metadata |= {key: _first(key, xmp, iptc, exif) for key in _PROGRAM_FIRST}
    descriptions = xmp.descriptions or iptc.descriptions or exif.descriptions
    keywords = ", ".join(unique_texts(xmp.keywords + iptc.keywords + exif.keywords))
    texts = {
        "description": descriptions,
        "keywords": (EmbeddedText(keywords),) if keywords else (),
    }
    metadata |= {key: found[0].text for key, found in texts.items() if found}
    return Embedded(
        {key: value for key, value in metadata.items() if value is not None},
        {key: found for key, found in texts.items() if found},
    )


def _tolerant(read: Callable[[Image], Tags], image: Image) -> Tags:
    try:
        return read(image)
    except Exception:  # noqa: BLE001 - decoders of damaged tags raise nearly all of them
        return Tags()


def _first(key: str, *sources: Tags) -> Any:
    values = (getattr(source, key) for source in sources)
    return next((value for value in values if value is not None), None)
