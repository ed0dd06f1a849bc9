"""JPEG XL: the size from the header, then the pixels by a plugin of Pillow."""

from __future__ import annotations

from io import BytesIO
from typing import BinaryIO

from pillow_jxl.JpegXLImagePlugin import JXLImageFile

from visavis.lazy_image import LazyImage

_CODESTREAM = b"\xff\x0a"
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_SIDE_BITS = (9, 13, 18, 30)


def open_file(file: BinaryIO, _: str = "") -> LazyImage:
    """Return an image of known size that the plugin decodes when it is loaded.

    By itself the plugin would decode before its size can be asked. It turns images upright
    whatever their EXIF says: so the format wants it.
    """
    data = file.read()
    return LazyImage(size_of(data), lambda: JXLImageFile(BytesIO(data)))


def size_of(data: bytes) -> tuple[int, int]:
    """Return width and height from the header (ISO/IEC 18181-1, SizeHeader).

    Raises ValueError if there is none.
    """
    bits = _Bits(_codestream(data)[len(_CODESTREAM) :][:16])
    small = bits.take(1)
    height = _side(bits, small)
    ratio = bits.take(3)
    if not ratio:
        return _side(bits, small), height
    across, down = _RATIOS[ratio - 1]
    return height * across // down, height


def _codestream(data: bytes) -> bytes:
    """Return the codestream, which may be in a box of a container."""
    if data.startswith(_CODESTREAM):
        return data
    start = 0
    while start + 16 <= len(data):
        length, name = int.from_bytes(data[start : start + 4], "big"), data[start + 4 : start + 8]
        head = 8
        if length == 1:  # the length is in 64 bits
            length, head = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        if name in {b"jxlc", b"jxlp"}:
            body = start + head + (4 if name == b"jxlp" else 0)
            if data[body : body + 2] == _CODESTREAM:
                return data[body:]
        if length < head:
            break
        start += length
    raise ValueError("no JPEG XL codestream")


class _Bits:
    """Numbers of any count of bits, the lowest first."""

    def __init__(self, data: bytes) -> None:
        self._rest = int.from_bytes(data, "little")

    def take(self, count: int) -> int:
        number = self._rest & ((1 << count) - 1)
        self._rest >>= count
        return number


def _side(bits: _Bits, small: int) -> int:
    if small:
        return (bits.take(5) + 1) * 8
    return bits.take(_SIDE_BITS[bits.take(2)]) + 1
