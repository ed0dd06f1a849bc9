"""Kinds of files that are read with an extra."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec


@dataclass(frozen=True, slots=True)
class ExtraFormat:
    """Files that an extra reads.

    They are told by their suffix: most RAW files are TIFF inside. So an upload, which has no
    name, never reaches these decoders.
    """

    name: str
    suffixes: frozenset[str]
    extra: str
    library: str
    module: str
    """The module here that opens such a file with the library."""

    @property
    def is_there(self) -> bool:
        """Whether the library is installed."""
        return find_spec(self.library) is not None


def _extra(name: str, suffixes: str, extra: str, library: str, module: str) -> ExtraFormat:
    return ExtraFormat(name, frozenset(suffixes.split()), extra, library, module)


EXTRA_FORMATS = {
    "RAW": _extra(
        "RAW photographs",
        ".arw .cr2 .cr3 .dng .nef .nrw .orf .pef .raf .raw .rw2 .srw .x3f",
        "raw",
        "rawpy",
        "visavis.raw_photographs",
    ),
    "JXL": _extra("JPEG XL images", ".jxl", "jxl", "pillow_jxl", "visavis.jpeg_xl"),
}

VIDEOS = _extra(
    "videos",
    ".3gp .avi .m2ts .m4v .mkv .mov .mp4 .mpeg .mpg .mts .ogv .webm .wmv",
    "video",
    "av",
    "visavis.videos",
)
"""Files of which frames are read: no images by themselves."""
