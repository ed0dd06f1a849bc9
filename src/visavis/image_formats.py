"""Kinds of image files: how they are told apart, and what decodes them."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from visavis.errors import ImageError, MissingExtraError
from visavis.extra_formats import EXTRA_FORMATS, VIDEOS

if TYPE_CHECKING:
    from PIL.Image import Image

Decoder: TypeAlias = "Callable[[BinaryIO, str], Image]"
"""Reads the header of an open file, and decodes it later, when `load` is called."""

# Format, its first bytes, and Pillow's module that reads it. Pillow knows dozens more, some of
# which start other programs: too dangerous for an upload.
FORMATS = {
    "JPEG": (rb"\xff\xd8\xff", "PIL.JpegImagePlugin"),
    "PNG": (rb"\x89PNG\r\n\x1a\n", "PIL.PngImagePlugin"),
    "WEBP": (rb"RIFF....WEBP", "PIL.WebPImagePlugin"),
    "GIF": (rb"GIF8[79]a", "PIL.GifImagePlugin"),
    "BMP": (rb"BM", "PIL.BmpImagePlugin"),
    "TIFF": (rb"II[*+]\0|MM\0[*+]", "PIL.TiffImagePlugin"),
    "AVIF": (rb"....ftyp(....)*avi[fs]", "PIL.AvifImagePlugin"),
    "HEIF": (rb"....ftyp(he|mif1|msf1)", "pi_heif.HeifImagePlugin"),
    "JPEG2000": (rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  \r\n\x87\n", "PIL.Jpeg2KImagePlugin"),
    "PPM": (rb"P[1-6]\s", "PIL.PpmImagePlugin"),
    "PSD": (rb"8BPS", "PIL.PsdImagePlugin"),
}


VIDEO_SUFFIXES = VIDEOS.suffixes if VIDEOS.is_there else frozenset()
"""Lower-case suffixes of videos, if they can be read."""

IMAGE_SUFFIXES = frozenset(
    [".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".gif", ".bmp"]
    + [".tif", ".tiff", ".heic", ".heif", ".heics", ".heifs", ".hif", ".jp2", ".j2k", ".jpf"]
    + [".jpx", ".j2c", ".jpc", ".ppm", ".pgm", ".pbm", ".pnm", ".psd"]
    + ([".avif", ".avifs"] if find_spec("PIL._avif") else [])
).union(*(each.suffixes for each in EXTRA_FORMATS.values() if each.is_there))
"""Lower-case suffixes of the files that are opened when a folder is searched for images."""

_BLOCK = 1 << 26
"""Bytes of a block of pixels: large enough for the system to take it back at once when it is freed.

Smaller ones stay with the thread that decoded an image, for its next one.
"""


def kind_of(prefix: bytes, name: str) -> str:
    """Return the kind of a file by its first 64 bytes, and by its name if these say little.

    Raises ImageError for an unknown kind.
    """
    found = (kind for kind, (start, _) in FORMATS.items() if re.match(start, prefix, re.DOTALL))
    kind = next(found, "")
    if kind and kind != "TIFF":
        return kind
    suffix = PurePath(name).suffix.lower()
    by_name = (kind for kind, extra in EXTRA_FORMATS.items() if suffix in extra.suffixes)
    kind = next(by_name, kind)
    if not kind:
        raise ImageError(name, f"not an image of a known kind ({', '.join(FORMATS)})")
    return kind


def decoder_of(kind: str, name: str, max_pixels: int) -> Decoder:
    """Return what reads files of a kind; raises ImageError, which names `name`, for a lack."""
    try:
        if kind in EXTRA_FORMATS:
            return _load_extra(kind)
        return _load(kind, max_pixels)
    except MissingExtraError as error:
        raise ImageError(name, str(error)) from error
    except ImportError as error:
        raise ImageError(name, f"no {kind} here") from error


def _load_extra(kind: str) -> Decoder:
    from visavis.extras import import_extra

    extra = EXTRA_FORMATS[kind]
    decoder: Decoder = import_extra(extra.module, f"reading {extra.name}", extra.extra).open_file
    return decoder


@cache
def _load(kind: str, max_pixels: int) -> Decoder:
    """Return Pillow's reader of one format, importing no other.

    `PIL.Image.open` would warn of large images before their size can be asked, and warnings
    cannot be silenced for one thread alone.
    """
    from PIL import Image

    import_module(FORMATS[kind][1])
    if Image.MAX_IMAGE_PIXELS is not None:
        Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS, max_pixels)
    Image.core.set_block_size(_BLOCK)  # type: ignore[attr-defined]
    # Without a handler of its own, Pillow's logs of damaged files would reach stderr.
    logging.getLogger("PIL").addHandler(logging.NullHandler())
    return Image.OPEN[kind][0]
