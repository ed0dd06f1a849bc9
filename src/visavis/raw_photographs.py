"""RAW photographs: the preview that the camera put into the file, or half the size if none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from typing import BinaryIO

import numpy as np
import rawpy
from PIL import Image
from PIL.ExifTags import Base
from PIL.JpegImagePlugin import JpegImageFile

from visavis.lazy_image import LazyImage

_ORIENTATIONS = {3: 3, 5: 8, 6: 6}
"""EXIF orientations by LibRaw's numbers for how an image is to be turned."""


def open_file(file: BinaryIO, _: str = "") -> Image.Image:
    """Return the preview, a JPEG not decoded yet; without one, what `load` will develop."""
    with _reading(file) as raw:
        try:
            preview = raw.extract_thumb()
        except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError):
            sizes = raw.sizes
            return LazyImage((sizes.raw_width, sizes.raw_height), partial(_develop, file))
        if preview.format is rawpy.ThumbFormat.JPEG:
            return JpegImageFile(BytesIO(bytes(preview.data)))
        image = Image.fromarray(np.asarray(preview.data))
        image.getexif()[Base.Orientation] = _ORIENTATIONS.get(raw.sizes.flip, 1)
        return image


def _develop(file: BinaryIO) -> Image.Image:
    """Develop at half the size, upright."""
    file.seek(0)
    with _reading(file) as raw:
        return Image.fromarray(raw.postprocess(half_size=True, use_camera_wb=True))


@contextmanager
def _reading(file: BinaryIO) -> Iterator[rawpy.RawPy]:
    """Read a file with LibRaw; its errors are bytes, and a file that ends early one of the disk."""
    try:
        with rawpy.imread(file) as raw:
            yield raw
    except rawpy.LibRawIOError as error:
        raise EOFError from error
    except rawpy.LibRawError as error:
        raise ValueError(error.args[0].decode()) from error
