"""Files in a folder that are not read: of which kinds they are, and what helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from visavis.extra_formats import EXTRA_FORMATS, VIDEOS, ExtraFormat


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of images or videos that is not read, its suffixes, and what its owner can do."""

    name: str
    suffixes: frozenset[str]
    advice: str


def _kind(name: str, suffixes: str, advice: str) -> FileKind:
    return FileKind(name, frozenset(suffixes.split()), advice)


def kind_of_extra(format_: ExtraFormat) -> FileKind:
    """Return what to say of a format whose extra is not installed."""
    return FileKind(format_.name, format_.suffixes, f"pip install 'visavis[{format_.extra}]'")


_CONVERT = "convert them to PNG or JPEG"
KINDS = (
    *(kind_of_extra(each) for each in (*EXTRA_FORMATS.values(), VIDEOS) if not each.is_there),
    _kind("drawings and documents", ".ai .cdr .emf .eps .pdf .ps .svg .svgz .wmf", _CONVERT),
    _kind(
        "images of rare formats",
        ".cur .dcx .dds .dib .exr .fits .hdr .icns .ico .pcx .pfm .qoi .sgi .tga .xbm .xcf .xpm",
        _CONVERT,
    ),
)


def describe_passed_over(counts: Mapping[str, int]) -> list[str]:
    """Return a line for each kind of images or videos among files that are counted by suffix.

    Files of other kinds, such as notes and programs, are left out.
    """
    lines = []
    for kind in KINDS:
        there = sorted(kind.suffixes & counts.keys())
        if there:
            count = sum(counts[suffix] for suffix in there)
            lines.append(f"{count:,} {kind.name} ({', '.join(there)}): {kind.advice}")
    return lines
