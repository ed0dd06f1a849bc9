"""JPEG 2000: decoded at a fraction of its size, as its wavelets allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL.Image import Image

_START, _CODING_STYLE, _LEVELS_AT = b"\xff\x4f\xff\x51", 0x52, 9
_HEAD = 1 << 20
"""Bytes in which the codestream must begin; else the image is decoded at full size."""


def reduce_for(image: Image, file: BinaryIO, size: int) -> int:
    """Let an opened image be decoded at half its size, a quarter, …, not below twice `size`.

    Return how many times it is halved. Each level that is left out takes a quarter of the memory.
    """
    halved, levels = 0, _levels(file)
    while halved < levels and min(image.size) >> (halved + 1) >= 2 * size:
        halved += 1
    image.reduce = halved  # type: ignore[method-assign, assignment]
    return halved


def _levels(file: BinaryIO) -> int:
    """Return how often the wavelets halve the image (ISO/IEC 15444-1, COD); 0 if unknown."""
    before = file.tell()
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(before)
    markers = head[head.find(_START) + 2 :] if _START in head else b""
    while len(markers) > _LEVELS_AT and markers[0] == 0xFF:  # noqa: PLR2004
        if markers[1] == _CODING_STYLE:
            return markers[_LEVELS_AT]
        markers = markers[2 + int.from_bytes(markers[2:4], "big") :]
    return 0
