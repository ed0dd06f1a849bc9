"""The memory that decoding an image takes: bounded for each image, and over all threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from visavis.errors import ImageError

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 1_050_000_000
"""Images that take more to decode are refused: the command then stays below 1.5 GB."""
IN_FLIGHT = 320_000_000
"""Bytes that all threads together decode into at a time; one image alone may take more."""

_BYTES_OF = {"WEBP": 16.2, "AVIF": 15, "HEIF": 9.5, "JXL": 25, "RAW": 6}
"""Bytes a pixel at the peak of formats whose decoders hold copies of the whole image."""
_ALPHA = 4
"""Bytes a pixel that transparency adds to HEIF."""
_BYTES_OF_MODE = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}
_ROWS_PER_STRIP, _TILE_WIDTH, _TILE_LENGTH, _BITS = 278, 322, 323, 258


def bytes_to_decode(image: Image, kind: str, halved: int = 0) -> int:
    """Estimate the bytes that decoding takes at its peak; the image is not loaded yet.

    `halved` says how many times the image will be smaller by two when it is loaded.
    """
    width, height = image.size
    pixels = (width >> halved) * (height >> halved)
    if kind == "JPEG2000":  # OpenJPEG holds 32 bits of each channel
        return pixels * (5 * len(image.getbands()) + 5)
    if kind == "HEIF" and image.mode == "RGBA":
        return int(pixels * (_BYTES_OF[kind] + _ALPHA))
    if kind in _BYTES_OF:
        return int(pixels * _BYTES_OF[kind])
    return pixels * _BYTES_OF_MODE.get(image.mode, 4) + _held_by_decoder(image, kind)


def check_memory(image: Image, kind: str, name: str, *, halved: int = 0, beside: int = 0) -> int:
    """Return the bytes that decoding takes; raises ImageError for more than MAX_BYTES.

    `beside` are bytes that the decoder holds as well.
    """
    needed = bytes_to_decode(image, kind, halved) + beside
    if needed > MAX_BYTES:
        width, height = image.size
        most = MAX_BYTES / 1e9
        raise ImageError(
            name, f"{width} x {height} pixels of {kind} need more than {most:.1f} GB to decode"
        )
    return needed


def coefficient_bytes(image: Image) -> int:
    """Return the bytes of all coefficients of a progressive JPEG, which are held until its end.

    They are 16 bits each, of every channel at its own resolution, and of the full image,
    whatever size comes out: ask before `draft` is called.
    """
    if not image.info.get("progressive"):
        return 0
    sampling = [(across, down) for _, across, down, *_ in image.layer]  # type: ignore[attr-defined]
    most = max(across for across, _ in sampling) * max(down for _, down in sampling)
    share = sum(across * down for across, down in sampling) / max(most, 1)
    return int(2 * share * image.width * image.height)


def _held_by_decoder(image: Image, kind: str) -> int:
    """Return the bytes of a strip or tile of a TIFF: libtiff decodes one at a time."""
    if kind != "TIFF" or image.info.get("compression") == "raw":
        return 0
    tags = image.tag_v2  # type: ignore[attr-defined]
    width = tags.get(_TILE_WIDTH, image.width)
    rows = tags.get(_TILE_LENGTH, min(tags.get(_ROWS_PER_STRIP, image.height), image.height))
    return int(width * rows * sum(tags.get(_BITS, (8,))) // 8)


class Budget:
    """Bounds the bytes that all threads together hold."""

    def __init__(self, total: int) -> None:
        self.free = self._all = total
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, wanted: int) -> Iterator[None]:
        """Wait until so many bytes are free; more than there are take all of them."""
        wanted = min(wanted, self._all)
        with self._changed:
            self._changed.wait_for(lambda: self.free >= wanted)
            self.free -= wanted
        try:
            yield
        finally:
            with self._changed:
                self.free += wanted
                self._changed.notify_all()


budget = Budget(IN_FLIGHT)
